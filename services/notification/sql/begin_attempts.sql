-- Committed before the calls are made.
WITH n AS (
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[]) AS n (id, attempt, gateway, address_key)
), began AS (
    INSERT INTO @schema@.attempt (message_id, n, gateway, started_at)
    SELECT id, attempt, gateway, clock_timestamp() FROM n
)
UPDATE @schema@.message_state AS s
   SET state = 3, held = 0, attempts = n.attempt, address_key = n.address_key, changed_at = now()
  FROM n
 WHERE s.id = n.id
