-- Answers that nobody asks for again: the topic of commands forgets them after a week. Some at a time, the oldest blocks
-- found by the index of times.
DELETE FROM @schema@.command
 WHERE (command_id, source, tenant_id) IN (
       SELECT command_id, source, tenant_id
         FROM @schema@.command
        WHERE answered_at < now() - $1::int8 * interval '1 day'
        LIMIT $2::int8)
