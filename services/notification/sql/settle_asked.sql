-- What gateways said when they were asked. A receipt that came meanwhile stays.
UPDATE @schema@.message_state AS s
   SET state = n.state, code = n.code, next_at = now(), changed_at = now()
  FROM unnest($1::uuid[], $2::smallint[], $3::text[]) AS n (id, state, code)
 WHERE s.id = n.id AND s.state = 7
RETURNING s.id
