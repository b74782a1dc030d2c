-- What has not left yet; what a digest tells shares the digest's fate.
WITH told AS (
    UPDATE notification.message_state AS s SET state = 9, held = 0, code = 'by the operator', changed_at = now()
      FROM notification.message_state AS d
     WHERE d.id = $1::uuid AND d.state IN (1, 2) AND s.digest = d.id AND s.state = 2
)
UPDATE notification.message_state SET state = 9, held = 0, code = 'by the operator', changed_at = now()
 WHERE id = $1::uuid AND state IN (1, 2) RETURNING id
