UPDATE @schema@.message_state AS s
   SET state = 2, held = n.held, next_at = n.next_at, changed_at = now()
  FROM unnest($1::uuid[], $2::smallint[], $3::timestamptz[]) AS n (id, held, next_at)
 WHERE s.id = n.id AND s.state = 1
