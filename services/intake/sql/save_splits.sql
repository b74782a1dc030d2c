INSERT INTO @schema@.split (complaint_id, split_from)
SELECT n.complaint_id, n.split_from FROM unnest($1::uuid[], $2::uuid[]) AS n (complaint_id, split_from)
