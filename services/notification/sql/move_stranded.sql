-- To another gateway of the channel, or to its end where there is none; what a digest tells shares the digest's fate.
-- (Its state as an int: the index of all that waits is not to be walked for it.)
WITH n AS (
    SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::text[]) AS n (id, state, gateway, code)
), told AS (
    UPDATE @schema@.message_state AS s SET state = n.state, held = 0, code = n.code, changed_at = now()
      FROM n WHERE s.digest = n.id AND s.digest = ANY ($1::uuid[]) AND s.state::int = 2 AND n.state <> 1
)
UPDATE @schema@.message_state AS s SET state = n.state, gateway = n.gateway, code = n.code, changed_at = now()
  FROM n WHERE s.id = n.id
