-- The morning has come, or the hour in which a number had enough is over.
UPDATE @schema@.message_state
   SET state = 1, held = 0, changed_at = now()
 WHERE id IN (SELECT id FROM @schema@.message_state
               WHERE state = 2 AND held IN (1, 3) AND next_at <= now()
               ORDER BY next_at LIMIT $1::int FOR UPDATE SKIP LOCKED)
