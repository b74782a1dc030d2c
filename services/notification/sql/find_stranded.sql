-- What waits for gateways that are not among their tenants' any more, locked.
SELECT m.id, m.tenant_id, s.gateway, s.attempts, m.complaint_id, m.number, m.event, m.version, m.audience::int4,
       m.recipient, m.channel::int4, array_to_string(m.others, ','), m.template, m.locale, m.urgency::int4, m.facts,
       s.expires_at, s.state::int4, s.code, m.cause
  FROM unnest($1::text[], $2::text[]) AS f (tenant_id, gateway)
  JOIN @schema@.message_state AS s ON s.tenant_id = f.tenant_id AND s.gateway = f.gateway AND s.state = 1
  JOIN @schema@.message AS m ON m.id = s.id
 LIMIT $3::int
   FOR UPDATE OF s SKIP LOCKED
