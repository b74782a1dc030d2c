-- What is at stake in a home's other cases within a year (R34); those that were merged or withdrawn count in no case,
-- archived (15) or not: only what was closed says until when it may be opened again.
SELECT n.ord, coalesce(sum(f.amount_fen), 0)::int8
  FROM unnest($1::int4[], $2::text[], $3::uuid[]) AS n (ord, home_key, complaint_id)
  JOIN @schema@.case_file AS f ON f.home_key = n.home_key AND f.home_key <> ''
  JOIN @schema@.case_state AS s ON s.complaint_id = f.complaint_id
 WHERE f.complaint_id <> n.complaint_id AND f.registered_at > now() - interval '1 year' AND s.status NOT IN (16, 17)
   AND NOT (s.status = 15 AND s.reopen_until_at IS NULL)
 GROUP BY n.ord
