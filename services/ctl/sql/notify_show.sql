SELECT v.id, v.tenant_id, v.number, v.event, v.audience, v.recipient, v.channel, v.template, v.gateway, v.state,
       v.held_for, v.attempts, v.code, v.created_at,
       CASE WHEN v.state IN ('queued', 'held') AND v.next_at < 'infinity' THEN v.next_at END, v.expires_at, v.changed_at,
       v.locale, v.urgency, v.digest, m.facts,
       (SELECT count(*) FROM notification.message_state AS d WHERE d.digest = v.id)
  FROM notification.message_view AS v
  JOIN notification.message AS m ON m.id = v.id
 WHERE v.id = $1::uuid
