-- The other cases of the same home, the newest first.
SELECT related_id, number, category_code, registered_at, status::int4
  FROM dispatch.related_view
 WHERE complaint_id = $1::uuid
 ORDER BY registered_at DESC
 LIMIT 20
