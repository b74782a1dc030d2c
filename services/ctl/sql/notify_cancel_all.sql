-- All that waits and fits; '' and 0 stand for any. $6: what is queued, $7: what is held; $8: only how many. What a digest
-- tells shares the digest's fate. The daemon tells of it: it writes the journal.
WITH chosen AS (
    SELECT s.id
      FROM notification.message_state AS s JOIN notification.message AS m ON m.id = s.id
     WHERE s.state IN (1, 2) AND s.digest IS NULL AND
       ($1::text = '' OR m.tenant_id = $1::text) AND ($2::text = '' OR m.number = $2::text)
       AND ($3::text = '' OR s.gateway = $3::text) AND ($4::int = 0 OR m.channel = $4::int)
       AND ($5::text = '' OR m.event = $5::text)
       AND (s.state = 1 AND $6::bool OR s.state = 2 AND $7::bool)
), done AS (
    UPDATE notification.message_state AS s SET state = 9, held = 0, code = 'by the operator', changed_at = now()
     WHERE s.id IN (SELECT id FROM chosen) AND NOT $8::bool AND s.digest IS NULL
       AND (s.state = 1 AND $6::bool OR s.state = 2 AND $7::bool)
    RETURNING s.id
), told AS (
    UPDATE notification.message_state AS s SET state = 9, held = 0, code = 'by the operator', changed_at = now()
      FROM done
     WHERE s.digest = done.id AND s.state = 2
    RETURNING s.id
), untold AS (
    INSERT INTO notification.untold (id) SELECT id FROM done UNION ALL SELECT id FROM told ON CONFLICT DO NOTHING
)
SELECT CASE WHEN $8::bool THEN (SELECT count(*) FROM chosen) ELSE (SELECT count(*) FROM done) END
