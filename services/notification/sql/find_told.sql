-- What these digests tell, where its state is of this very transaction: it has the digest's fate, by the digest's call.
SELECT m.id, m.tenant_id, d.gateway, d.attempts, m.complaint_id, m.number, m.event, m.version, m.audience::int4,
       m.recipient, m.channel::int4, array_to_string(m.others, ','), m.template, m.locale, m.urgency::int4, m.facts,
       s.expires_at, s.state::int4, d.code, m.cause, s.digest
  FROM @schema@.message_state AS s
  JOIN @schema@.message AS m ON m.id = s.id
  JOIN @schema@.message_state AS d ON d.id = s.digest
 WHERE s.digest = ANY ($1::uuid[]) AND s.changed_at = now()
 ORDER BY s.seq
