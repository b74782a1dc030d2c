-- What has not left and whose cause is gone: all of a case ('*'), or what told of one run of a clock.
UPDATE @schema@.message_state AS s
   SET state = 9, held = 0, code = n.why, changed_at = now()
  FROM unnest($1::uuid[], $2::text[], $3::text[]) AS n (complaint_id, cause, why)
  JOIN @schema@.message AS m ON m.complaint_id = n.complaint_id AND (n.cause = '*' OR m.cause = n.cause)
 WHERE s.id = m.id AND s.state IN (1, 2)
RETURNING m.id, m.tenant_id, s.gateway, s.attempts, m.complaint_id, m.number, m.event, m.version, m.audience::int4,
       m.recipient, m.channel::int4, array_to_string(m.others, ','), m.template, m.locale, m.urgency::int4, m.facts,
       s.expires_at, s.state::int4, s.code, m.cause
