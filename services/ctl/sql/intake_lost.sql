-- Complaints without any entry in the journal.
SELECT c.id, 1::int8 AS version
  FROM intake.complaint AS c
 WHERE NOT EXISTS (SELECT FROM journal.entry AS e WHERE e.aggregate_id = c.id)
 LIMIT 1000
