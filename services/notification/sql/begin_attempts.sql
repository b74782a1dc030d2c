-- Committed before the calls are made; of SMS the number and its tenant ('') are counted by the hour.
WITH n AS (
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[]) AS n (id, attempt, gateway, address_key)
), began AS (
    INSERT INTO @schema@.attempt (message_id, n, gateway, started_at)
    SELECT id, attempt, gateway, clock_timestamp() FROM n
), counted AS (
    INSERT INTO @schema@.quota AS q (tenant_id, address_key, hour, used)
    SELECT u.tenant_id, u.address_key, date_trunc('hour', now()), u.used
      FROM unnest($5::text[], $6::text[], $7::int[]) AS u (tenant_id, address_key, used)
     ORDER BY u.tenant_id, u.address_key
        ON CONFLICT (tenant_id, address_key, hour) DO UPDATE SET used = q.used + excluded.used
)
UPDATE @schema@.message_state AS s
   SET state = 3, held = 0, attempts = n.attempt, address_key = n.address_key, changed_at = now()
  FROM n
 WHERE s.id = n.id
