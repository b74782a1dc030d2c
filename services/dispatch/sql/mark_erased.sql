-- From here on it is intake's turn.
UPDATE @schema@.case_state SET erased_at = now() WHERE complaint_id = ANY ($1::uuid[])
