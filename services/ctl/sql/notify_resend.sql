-- The same words to the same person once more, as a message of its own: ids are for ever. At
-- night, too. $2: what is unknown, too; $3:
-- its id.
WITH old AS (
    SELECT m.*, s.gateway, s.lane, s.state
      FROM notification.message AS m JOIN notification.message_state AS s ON s.id = m.id
     WHERE m.id = $1::uuid AND (s.state IN (6, 8, 9) OR s.state = 7 AND $2::bool)
), fresh AS (
    INSERT INTO notification.message (id, tenant_id, complaint_id, number, event, version, cause, audience, recipient,
                                      channel, others, template, locale, urgency, facts, address_sealed, created_at)
    SELECT $3::uuid, tenant_id, complaint_id, number, event, version, cause, audience, recipient, channel, others,
           template, locale, urgency, facts, NULL, now()
      FROM old WHERE address_sealed IS NULL AND gateway <> ''
    RETURNING id
)
INSERT INTO notification.message_state (id, tenant_id, gateway, state, held, urgency, next_at, lane, expires_at, code,
                                        changed_at)
SELECT fresh.id, old.tenant_id, old.gateway, 1, 0, 3, now(), old.lane, now() + interval '1 day', '', now()
  FROM old, fresh
RETURNING id
