-- Of these messages, those that were told before become what they were. An entry stands for one message: the one of its id
-- if that tells the same event under the same number, else one of the same event, recipient and channel about the same
-- complaint under the same number, the oldest for the oldest, unless its own message still waits. A clock's message only by its id, which is the same again:
-- which clock it was an entry does not say. What failed is tried again. A digest only ($2) where it was made before: one
-- that is made now under the same id may tell more. What it tells shares its fate. Returns what was recognised.
WITH w AS MATERIALIZED (
    SELECT m.id, m.tenant_id, m.complaint_id, m.number, m.event, m.audience, m.recipient, m.channel,
           CASE m.audience WHEN 9 THEN s.gateway ELSE '' END AS place, s.state, s.seq
      FROM unnest($1::uuid[]) AS n (id)
      JOIN @schema@.message_state AS s ON s.id = n.id
      JOIN @schema@.message AS m ON m.id = n.id
     WHERE s.state IN (1, 2, 3, 7) AND ($2::bool OR m.event <> 'digest')
), found AS (
    SELECT * FROM @schema@.told_before WHERE id = ANY (ARRAY (SELECT id FROM w))
     UNION
    SELECT * FROM @schema@.told_before WHERE complaint_id = ANY (ARRAY (SELECT complaint_id FROM w)) AND claimed_by IS NULL
), t AS MATERIALIZED (
    SELECT id, tenant_id, complaint_id, number, event, audience, recipient, channel,
           CASE audience WHEN 9 THEN gateway ELSE '' END AS place, state, batch, ord
      FROM found
     WHERE claimed_by IS NULL AND state IN (4, 5, 7)
), by_id AS MATERIALIZED (
    SELECT id
      FROM t JOIN w USING (id, tenant_id, number, event, audience, recipient, channel, place)
     WHERE w.state <> 7 OR t.state <> 7
), claimed AS (
    UPDATE @schema@.told_before AS b
       SET claimed_by = c.message
      FROM (SELECT id AS entry, id AS message FROM by_id
             UNION ALL
            SELECT old.id, new.id
              FROM (SELECT t.*, row_number() OVER (PARTITION BY tenant_id, complaint_id, number, event, audience, recipient,
                                                                channel, place ORDER BY batch, ord) AS nth
                      FROM t
                     WHERE id NOT IN (SELECT id FROM by_id)
                       AND NOT EXISTS (SELECT FROM @schema@.message_state AS o WHERE o.id = t.id AND o.state::int IN (1, 2, 3))
                   ) AS old
              JOIN (SELECT w.*, row_number() OVER (PARTITION BY tenant_id, complaint_id, number, event, audience, recipient,
                                                                channel, place ORDER BY seq) AS nth
                      FROM w
                     WHERE id NOT IN (SELECT id FROM by_id) AND w.state <> 7 AND event NOT LIKE 'sla.%') AS new
             USING (tenant_id, complaint_id, number, event, audience, recipient, channel, place, nth)) AS c
     WHERE b.id = c.entry AND b.claimed_by IS NULL
    RETURNING b.claimed_by AS id, b.state, b.gateway
), told AS (
    UPDATE @schema@.message_state AS s
       SET state = c.state, held = 0, code = 'before the restore', next_at = 'infinity', changed_at = now()
      FROM claimed AS c
     WHERE s.digest = c.id AND s.state::int = 2 AND s.id NOT IN (SELECT id FROM claimed)
)
UPDATE @schema@.message_state AS s
   SET state = c.state, held = 0, gateway = c.gateway, code = 'before the restore', changed_at = now(),
       next_at = CASE c.state WHEN 7 THEN now() + interval '1 minute' ELSE now() END
  FROM claimed AS c
 WHERE s.id = c.id AND s.state::int IN (1, 2, 3, 7)
RETURNING s.id
