-- Complaints whose case was erased and that still have details here.
SELECT e.complaint_id
  FROM dispatch.erased_view AS e
  JOIN @schema@.complaint_detail AS d ON d.complaint_id = e.complaint_id
 WHERE e.erased_at >= (SELECT erased_to FROM @schema@.erasure) - interval '1 day'
 ORDER BY e.erased_at
 LIMIT $1::int4
