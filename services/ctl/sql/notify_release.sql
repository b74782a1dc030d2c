-- Whatever held it, the night included.
UPDATE notification.message_state SET state = 1, held = 0, urgency = 3, next_at = now(), changed_at = now()
 WHERE id = $1::uuid AND state = 2 AND digest IS NULL RETURNING id
