INSERT INTO @schema@.early_point (complaint_id, message)
SELECT n.complaint_id, n.message
  FROM unnest($1::uuid[], $2::bytea[]) WITH ORDINALITY AS n (complaint_id, message, ord)
 ORDER BY n.ord
