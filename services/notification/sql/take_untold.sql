-- What an operator has cancelled and nobody was told of yet.
WITH u AS (
    DELETE FROM @schema@.untold
     WHERE id = ANY (ARRAY (SELECT id FROM @schema@.untold ORDER BY id LIMIT $1::int FOR UPDATE SKIP LOCKED))
    RETURNING id
)
SELECT m.id, m.tenant_id, s.gateway, s.attempts, m.complaint_id, m.number, m.event, m.version, m.audience::int4,
       m.recipient, m.channel::int4, array_to_string(m.others, ','), m.template, m.locale, m.urgency::int4, m.facts,
       s.expires_at, s.state::int4, s.code, m.cause
  FROM u
  JOIN @schema@.message AS m ON m.id = u.id
  JOIN @schema@.message_state AS s ON s.id = m.id AND s.state = 9
