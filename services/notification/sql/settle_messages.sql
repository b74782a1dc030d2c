-- Answers. A receipt may have come before: what it said stays. What a digest told shares its fate. Returns what changed.
WITH n AS (
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::smallint[], $4::text[], $5::text[], $6::int[], $7::bigint[],
                         $8::smallint[], $9::text[], $10::timestamptz[])
           AS n (id, attempt, class, request_id, code, parts, took_us, state, gateway, next_at)
), ended AS (
    UPDATE @schema@.attempt AS a
       SET ended_at = clock_timestamp(), class = n.class, request_id = n.request_id, code = n.code, parts = n.parts,
           took_us = n.took_us
      FROM n
     WHERE a.message_id = n.id AND a.n = n.attempt
), settled AS (
    UPDATE @schema@.message_state AS s
       SET state = n.state, gateway = n.gateway, code = n.code, next_at = n.next_at, changed_at = now()
      FROM n
     WHERE s.id = n.id AND s.state = 3 AND s.attempts = n.attempt
    RETURNING s.id, n.state
), told AS (
    UPDATE @schema@.message_state AS s
       SET state = t.state, held = 0, changed_at = now()
      FROM settled AS t
     WHERE s.digest = t.id AND s.state = 2 AND t.state IN (4, 5, 6, 7, 8)
    RETURNING s.id
)
SELECT id FROM settled
