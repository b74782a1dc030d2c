-- The newest version applied of each complaint of the batch, locked in one order.
SELECT complaint_id, version, happened FROM @schema@.case_seen WHERE complaint_id = ANY ($1::uuid[]) ORDER BY complaint_id FOR UPDATE
