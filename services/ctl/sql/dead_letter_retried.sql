-- Remembers that the record was published again.
WITH i AS (UPDATE intake.dead_letter SET retried_at = now() WHERE id = $1::uuid RETURNING id),
     p AS (UPDATE dispatch.dead_letter SET retried_at = now() WHERE id = $1::uuid RETURNING id)
SELECT id FROM i UNION ALL SELECT id FROM p
