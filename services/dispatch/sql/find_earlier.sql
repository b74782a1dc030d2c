-- The newest earlier case of the same home and category that was closed within so many days, and how many there were. An
-- archived one may have been merged or withdrawn instead: only a close says until when it may be opened again.
SELECT n.ord, e.complaint_id, e.number, e.times
  FROM unnest($1::int4[], $2::text[], $3::text[], $4::int4[]) AS n (ord, home_key, category_code, days)
 CROSS JOIN LATERAL (
       SELECT f.complaint_id, f.number, count(*) OVER () AS times
         FROM @schema@.case_file AS f
         JOIN @schema@.case_state AS s ON s.complaint_id = f.complaint_id
        WHERE f.home_key = n.home_key AND f.home_key <> '' AND f.category_code = n.category_code
          AND s.status IN (14, 15) AND s.reopen_until_at IS NOT NULL AND s.closed_at > now() - n.days * interval '1 day'
        ORDER BY s.closed_at DESC
        LIMIT 1) AS e
