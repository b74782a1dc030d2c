SELECT n, gateway, started_at, ended_at,
       CASE class WHEN 1 THEN 'accepted' WHEN 2 THEN 'retry' WHEN 3 THEN 'throttled' WHEN 4 THEN 'permanent'
                  WHEN 5 THEN 'address' WHEN 6 THEN 'template' WHEN 7 THEN 'credit' WHEN 8 THEN 'refused'
                  WHEN 9 THEN 'unknown' ELSE 'under way' END,
       code, request_id, parts, took_us / 1000
  FROM notification.attempt WHERE message_id = $1::uuid ORDER BY n
