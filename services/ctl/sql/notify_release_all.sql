-- All that an operator holds and that fits; '' and 0 stand for any. As urgent as it was: at night it waits. $6: only how many.
WITH chosen AS (
    SELECT s.id
      FROM notification.message_state AS s JOIN notification.message AS m ON m.id = s.id
     WHERE s.state = 2 AND s.held = 5
       AND ($1::text = '' OR m.tenant_id = $1::text) AND ($2::text = '' OR m.number = $2::text)
       AND ($3::text = '' OR s.gateway = $3::text) AND ($4::int = 0 OR m.channel = $4::int)
       AND ($5::text = '' OR m.event = $5::text)
), done AS (
    UPDATE notification.message_state AS s SET state = 1, held = 0, next_at = now(), changed_at = now()
     WHERE s.id IN (SELECT id FROM chosen) AND NOT $6::bool AND s.state = 2 AND s.held = 5
    RETURNING s.id
)
SELECT CASE WHEN $6::bool THEN (SELECT count(*) FROM chosen) ELSE (SELECT count(*) FROM done) END
