-- Answers. A receipt may have come before: what it said stays. One that was waited for so long that the other loop called it
-- lost is better than not to know, but what was given up is not sent again: it may have been told otherwise. What a digest
-- told shares its fate. A server that a fail-over brought may have forgotten that the call was begun: its answer counts all
-- the same, or the message would go again. Returns the places (from 0) of those that changed something.
-- (Its state as an int: the index of all that waits is not to be walked for it.)
WITH n AS (
    SELECT * FROM unnest($1::uuid[], $2::int[], $3::smallint[], $4::text[], $5::text[], $6::int[], $7::bigint[],
                         $8::smallint[], $9::text[], $10::timestamptz[], $11::bool[])
           WITH ORDINALITY
           AS n (id, attempt, class, request_id, code, parts, took_us, state, gateway, next_at, is_digest, ord)
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
     WHERE s.id = n.id
       AND (s.attempts = n.attempt
            AND (s.state = 3 OR s.state = 7 AND s.code = 'lost' AND n.state <> 7 AND (n.state <> 1 OR s.next_at < 'infinity'))
            OR s.attempts = n.attempt - 1 AND s.state::int = 1)
    RETURNING s.id, n.state, s.expires_at, n.is_digest, n.ord
), told AS (
    UPDATE @schema@.message_state AS s
       SET state = CASE t.state WHEN 1 THEN 2 ELSE t.state END, held = CASE t.state WHEN 1 THEN 2 ELSE 0 END,
           next_at = 'infinity', changed_at = now()
      FROM settled AS t
     WHERE t.is_digest AND s.digest = t.id
       AND (s.state::int = 7 OR s.state::int = 2 AND t.state <> 1)
)
SELECT ord::int - 1 AS i, expires_at FROM settled
