-- Messages whose gateway can be asked what became of them; put off first, so that nobody else asks as well.
WITH f AS (
    SELECT q.id
      FROM unnest($1::text[], $2::text[], $3::int[]) AS f (tenant_id, gateway, free)
     CROSS JOIN LATERAL (
           SELECT q.id FROM @schema@.message_state AS q
            WHERE q.state = 7 AND q.digest IS NULL AND q.next_at <= now() AND q.tenant_id = f.tenant_id AND q.gateway = f.gateway
            ORDER BY q.next_at LIMIT f.free FOR UPDATE SKIP LOCKED) AS q
     LIMIT $4::int
)
UPDATE @schema@.message_state AS s
   SET next_at = now() + interval '5 minutes'
  FROM f
  JOIN @schema@.message AS m ON m.id = f.id
  LEFT JOIN intake.contact_view AS c ON m.audience = 1 AND c.complaint_id = m.complaint_id
  LEFT JOIN dispatch.staff_contact_view AS p
    ON m.recipient <> '' AND p.tenant_id = m.tenant_id AND p.staff_id = m.recipient
 WHERE s.id = f.id
RETURNING m.id, m.tenant_id, s.gateway, s.attempts, m.complaint_id, m.number, m.event, m.version, m.audience::int4,
       m.recipient, m.channel::int4, array_to_string(m.others, ','), m.template, m.locale, m.urgency::int4, m.facts,
       s.expires_at, s.state::int4, s.code, m.cause,
       m.address_sealed, c.contact, p.phone_sealed, p.email_sealed,
       coalesce((SELECT a.request_id FROM @schema@.attempt AS a WHERE a.message_id = m.id AND a.n = s.attempts), ''),
       (SELECT a.started_at FROM @schema@.attempt AS a WHERE a.message_id = m.id AND a.n = s.attempts)
