-- Nobody wants to hear of it any more. What a digest tells shares the digest's fate.
-- (Its state as an int: the index of all that waits is not to be walked for it.)
WITH old AS (
    SELECT id FROM @schema@.message_state
     WHERE state IN (1, 2) AND expires_at <= now() AND digest IS NULL
     ORDER BY expires_at LIMIT $1::int FOR UPDATE SKIP LOCKED
), told AS (
    UPDATE @schema@.message_state AS s SET state = 8, held = 0, code = 'expired', changed_at = now()
     WHERE s.digest = ANY (ARRAY (SELECT id FROM old)) AND s.state::int = 2
)
UPDATE @schema@.message_state AS s
   SET state = 8, held = 0, code = 'expired', changed_at = now()
  FROM @schema@.message AS m, old
 WHERE s.id = m.id AND s.id = old.id
RETURNING m.id, m.tenant_id, s.gateway, s.attempts, m.complaint_id, m.number, m.event, m.version, m.audience::int4,
       m.recipient, m.channel::int4, array_to_string(m.others, ','), m.template, m.locale, m.urgency::int4, m.facts,
       s.expires_at, s.state::int4, s.code, m.cause
