SELECT coalesce(greatest(0, (extract(epoch FROM now() - min(c.next_at)) * 1000000)::int8), 0)
  FROM @schema@.canary AS y
  JOIN @schema@.clock AS c ON c.complaint_id = y.complaint_id
 WHERE y.instance = $1::text
