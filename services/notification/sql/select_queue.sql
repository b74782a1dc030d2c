-- What may go now through gateways that are free, the most urgent first; locked, and passed over where somebody else has
-- it. Of a lane (one person, one case, one channel) only the first goes: what happened first is told first. Whoever is
-- not the complainant has no contact to be looked up.
SELECT m.id, m.tenant_id, s.gateway, s.attempts, m.complaint_id, m.number, m.event, m.version, m.audience::int4,
       m.recipient, m.channel::int4, array_to_string(m.others, ','), m.template, m.locale, s.urgency::int4, m.facts,
       s.expires_at, s.state::int4, s.code, m.cause,
       m.address_sealed, c.contact, p.phone_sealed, p.email_sealed
  FROM unnest($1::text[], $2::text[], $3::int[]) AS f (tenant_id, gateway, free)
 CROSS JOIN LATERAL (
       SELECT q.id, q.gateway, q.attempts, q.expires_at, q.state, q.code, q.urgency
         FROM @schema@.message_state AS q
        WHERE q.tenant_id = f.tenant_id AND q.gateway = f.gateway AND q.state = 1 AND q.next_at <= now()
          AND q.expires_at > now()
          AND NOT EXISTS (SELECT FROM @schema@.message_state AS o
                           WHERE o.lane = q.lane AND o.seq < q.seq AND o.state IN (1, 3))
        ORDER BY q.urgency DESC, q.next_at
        LIMIT f.free
          FOR UPDATE SKIP LOCKED) AS s
  JOIN @schema@.message AS m ON m.id = s.id
  LEFT JOIN intake.contact_view AS c ON c.complaint_id = CASE WHEN m.audience = 1 THEN m.complaint_id END
  LEFT JOIN dispatch.staff_contact_view AS p ON p.tenant_id = m.tenant_id AND p.staff_id = nullif(m.recipient, '')
 LIMIT $4::int
