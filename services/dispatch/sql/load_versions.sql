-- How far each complaint of the batch is. Not locked: a registration comes through one partition, whose offset this
-- transaction has moved already, so nobody else can be at the same one.
SELECT complaint_id, version
  FROM @schema@.case_state
 WHERE complaint_id = ANY ($1::uuid[])
