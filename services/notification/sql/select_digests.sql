-- All that one person is to be told together, where the first of it is due: locked, in the order in which it came.
WITH due AS (
    SELECT DISTINCT m.tenant_id, m.recipient, m.channel
      FROM (SELECT id FROM @schema@.message_state
             WHERE state = 2 AND held = 2 AND digest IS NULL AND next_at <= now()
             ORDER BY next_at LIMIT $1::int) AS d
      JOIN @schema@.message AS m ON m.id = d.id
)
SELECT m.id, m.tenant_id, s.gateway, s.attempts, m.complaint_id, m.number, m.event, m.version, m.audience::int4,
       m.recipient, m.channel::int4, array_to_string(m.others, ','), m.template, m.locale, m.urgency::int4, m.facts,
       s.expires_at, s.state::int4, s.code, m.cause
  FROM @schema@.message_state AS s
  JOIN @schema@.message AS m ON m.id = s.id
  JOIN due ON due.tenant_id = m.tenant_id AND due.recipient = m.recipient AND due.channel = m.channel
 WHERE s.state = 2 AND s.held = 2 AND s.digest IS NULL
 ORDER BY m.tenant_id, m.recipient, m.channel, s.seq
   FOR UPDATE OF s SKIP LOCKED
