-- Unknown, and nobody has said in time: it stays so, and is looked at no more.
UPDATE @schema@.message_state AS s
   SET next_at = 'infinity'
  FROM @schema@.message AS m
 WHERE s.id = m.id
   AND s.id IN (SELECT id FROM @schema@.message_state WHERE state = 7 AND digest IS NULL AND next_at <= now() AND changed_at <= now() - $2::int * interval '1 minute'
                 ORDER BY next_at LIMIT $1::int FOR UPDATE SKIP LOCKED)
RETURNING m.id, m.tenant_id, s.gateway, s.attempts, m.complaint_id, m.number, m.event, m.version, m.audience::int4,
       m.recipient, m.channel::int4, array_to_string(m.others, ','), m.template, m.locale, m.urgency::int4, m.facts,
       s.expires_at, s.state::int4, s.code, m.cause
