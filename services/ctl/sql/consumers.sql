-- How far each daemon is. A new daemon that consumes is one more SELECT (and a line in cmd_lag.c).
SELECT 'intake' AS service, topic, partition, next_offset, moved_at FROM intake.consumer
 UNION ALL
SELECT 'dispatch', topic, partition, next_offset, moved_at FROM dispatch.consumer
 UNION ALL
SELECT 'watchdog', topic, partition, next_offset, moved_at FROM watchdog.consumer
 UNION ALL
SELECT 'notification', topic, partition, next_offset, moved_at FROM notification.consumer
