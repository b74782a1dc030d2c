-- What has not left yet is kept until somebody releases it.
UPDATE notification.message_state SET state = 2, held = 5, next_at = 'infinity', changed_at = now()
 WHERE id = $1::uuid AND (state = 1 OR state = 2 AND digest IS NULL) RETURNING id
