-- All that waits and fits; '' and 0 stand for any. $6: what is queued, $7: what is held otherwise; $8: only how many.
WITH chosen AS (
    SELECT s.id
      FROM notification.message_state AS s JOIN notification.message AS m ON m.id = s.id
     WHERE s.state IN (1, 2) AND s.digest IS NULL AND s.held <> 5 AND
       ($1::text = '' OR m.tenant_id = $1::text) AND ($2::text = '' OR m.number = $2::text)
       AND ($3::text = '' OR s.gateway = $3::text) AND ($4::int = 0 OR m.channel = $4::int)
       AND ($5::text = '' OR m.event = $5::text)
       AND (s.state = 1 AND $6::bool OR s.state = 2 AND $7::bool)
), done AS (
    UPDATE notification.message_state AS s SET state = 2, held = 5, next_at = 'infinity', changed_at = now()
     WHERE s.id IN (SELECT id FROM chosen) AND NOT $8::bool AND s.digest IS NULL
       AND (s.state = 1 AND $6::bool OR s.state = 2 AND $7::bool)
    RETURNING s.id
)
SELECT CASE WHEN $8::bool THEN (SELECT count(*) FROM chosen) ELSE (SELECT count(*) FROM done) END
