UPDATE @schema@.clock
   SET fired = 0, next_at = $2::timestamptz, points = ARRAY[$2::timestamptz]
 WHERE complaint_id = ANY ($1::uuid[])
