-- A message about no complaint, to an address that the operator gave; it is sealed.
WITH fresh AS (
    INSERT INTO notification.message (id, tenant_id, complaint_id, number, event, version, cause, audience, recipient,
                                      channel, others, template, locale, urgency, facts, address_sealed, created_at)
    VALUES ($1::uuid, $2::text, NULL, '', 'test', 0, '', $3::int::smallint, '', $4::int::smallint, '{}', 'test', $5::text, 3,
            $6::text, $7::bytea, now())
)
INSERT INTO notification.message_state (id, tenant_id, gateway, state, held, urgency, next_at, lane, expires_at, code,
                                        changed_at)
VALUES ($1::uuid, $2::text, $8::text, 1, 0, 3, now(), ('x' || substr(md5($1::uuid::text), 1, 16))::bit(64)::bigint,
        now() + interval '10 minutes', '', now())
