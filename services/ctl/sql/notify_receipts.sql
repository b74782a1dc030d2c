SELECT r.received_at, r.gateway, CASE r.status WHEN 1 THEN 'delivered' WHEN 2 THEN 'failed' ELSE 'pending' END, r.code
  FROM notification.receipt AS r
 WHERE r.message_id = $1::uuid
    OR r.request_id <> '' AND r.request_id IN (SELECT request_id FROM notification.attempt WHERE message_id = $1::uuid)
 ORDER BY r.id
