-- Messages, the newest first. '' stands for any.
SELECT id, tenant_id, number, event, audience, recipient, channel, template, gateway, state, held_for, attempts, code,
       created_at, CASE WHEN state IN ('queued', 'held') AND next_at < 'infinity' THEN next_at END, expires_at, changed_at
  FROM notification.message_view
 WHERE ($1::text = '' OR tenant_id = $1::text) AND ($2::text = '' OR number = $2::text)
   AND ($3::text = '' OR state = $3::text) AND ($4::text = '' OR gateway = $4::text)
   AND ($5::text = '' OR channel = $5::text) AND ($6::text = '' OR event = $6::text)
 ORDER BY created_at DESC, seq DESC
 LIMIT $7::int
