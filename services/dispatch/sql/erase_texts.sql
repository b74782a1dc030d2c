-- What was written about these cases; their events keep the digests.
DELETE FROM @schema@.case_text WHERE complaint_id = ANY ($1::uuid[])
