-- What may go now through gateways that are free, the most urgent first; locked, and passed over where somebody else has
-- it. Of a lane (one person, one case, one channel) only the first goes: what happened first is told first.
-- OFFSET 0: each by its key, even if the plan was made while the tables were empty; and only what is needed.
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
 CROSS JOIN LATERAL (SELECT * FROM @schema@.message WHERE id = s.id OFFSET 0) AS m
  LEFT JOIN LATERAL (
       SELECT contact FROM intake.contact_view WHERE m.audience = 1 AND complaint_id = m.complaint_id OFFSET 0) AS c
    ON true
  LEFT JOIN LATERAL (
       SELECT phone_sealed, email_sealed FROM dispatch.staff_contact_view
        WHERE m.recipient <> '' AND tenant_id = m.tenant_id AND staff_id = m.recipient OFFSET 0) AS p
    ON true
 LIMIT $4::int
