-- What gateways said when they were asked. A receipt that came meanwhile stays, and what was given up is not sent again:
-- it may have been told otherwise. What a digest tells shares the digest's fate. Returns the places (from 0) of those that
-- changed something.
-- (Its state as an int: the index of all that waits is not to be walked for it.)
WITH n AS (
    SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::text[]) WITH ORDINALITY AS n (id, state, code, ord)
), settled AS (
    UPDATE @schema@.message_state AS s
       SET state = n.state, code = n.code, next_at = now(), changed_at = now()
      FROM n
     WHERE s.id = n.id AND s.state = 7 AND (n.state <> 1 OR s.next_at < 'infinity')
    RETURNING s.id, n.state, s.expires_at, n.ord
), told AS (
    UPDATE @schema@.message_state AS s
       SET state = CASE t.state WHEN 1 THEN 2 ELSE t.state END, held = CASE t.state WHEN 1 THEN 2 ELSE 0 END, changed_at = now()
      FROM settled AS t
     WHERE s.digest = t.id AND s.digest = ANY (ARRAY (SELECT id FROM settled)) AND s.state::int = 7
)
SELECT ord::int - 1 AS i, expires_at FROM settled
