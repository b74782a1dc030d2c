-- How far each daemon is. A new daemon that consumes is one more SELECT (and a line in cmd_lag.c).
SELECT service, topic, partition, next_offset, moved_at
  FROM (SELECT 'intake' AS service, i.topic, i.partition, i.next_offset, i.moved_at FROM intake.consumer AS i
        UNION ALL
        SELECT 'dispatch' AS service, d.topic, d.partition, d.next_offset, d.moved_at FROM dispatch.consumer AS d) AS c
