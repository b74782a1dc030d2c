-- One id for ever: what is there already stays as it is. Returns what is new.
WITH n AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::text[],
                         $8::smallint[], $9::text[], $10::smallint[], $11::text[], $12::text[], $13::text[],
                         $14::smallint[], $15::text[], $16::timestamptz[], $17::text[], $18::smallint[],
                         $19::smallint[], $20::text[], $21::timestamptz[], $22::bigint[])
           WITH ORDINALITY AS n (id, tenant_id, complaint_id, number, event, version, cause, audience, recipient,
                                 channel, others, template, locale, urgency, facts, expires_at, gateway, state, held,
                                 code, next_at, lane, ord)
), fresh AS (
    INSERT INTO @schema@.message (id, tenant_id, complaint_id, number, event, version, cause, audience, recipient,
                                  channel, others, template, locale, urgency, facts, created_at)
    SELECT id, tenant_id, complaint_id, number, event, version, cause, audience, recipient, channel,
           string_to_array(others, ',')::smallint[], template, locale, urgency, facts, now()
      FROM n
        ON CONFLICT (id) DO NOTHING
    RETURNING id
)
INSERT INTO @schema@.message_state (id, tenant_id, gateway, state, held, urgency, next_at, lane, expires_at, code, changed_at)
SELECT n.id, n.tenant_id, n.gateway, n.state, n.held, n.urgency, n.next_at, n.lane, n.expires_at, n.code, now()
  FROM n
  JOIN fresh ON fresh.id = n.id
 ORDER BY n.ord
RETURNING id
