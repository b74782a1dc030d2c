UPDATE notification.message_state SET state = 9, held = 0, code = 'by the operator', changed_at = now()
 WHERE id = $1::uuid AND state IN (1, 2) RETURNING id
