-- What has not left yet; what a digest tells shares the digest's fate. The daemon tells of it: it writes the journal.
WITH done AS (
    UPDATE notification.message_state SET state = 9, held = 0, code = 'by the operator', changed_at = now()
     WHERE id = $1::uuid AND state IN (1, 2) AND digest IS NULL
    RETURNING id
), told AS (
    UPDATE notification.message_state AS s SET state = 9, held = 0, code = 'by the operator', changed_at = now()
      FROM done
     WHERE s.digest = done.id AND s.state = 2
    RETURNING s.id
), untold AS (
    INSERT INTO notification.untold (id) SELECT id FROM done UNION ALL SELECT id FROM told ON CONFLICT DO NOTHING
)
SELECT id FROM done
