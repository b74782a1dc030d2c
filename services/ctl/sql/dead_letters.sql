-- Of all daemons that consume, newest first: ids are made from the time. A new daemon is one more SELECT.
SELECT d.id, d.service, d.at, d.topic, d.partition, d.record_offset, d.reason, d.message, d.tenant_id, d.source,
       d.source_event_id, d.size, d.sealed IS NOT NULL AS kept, d.retried_at
  FROM ((SELECT 'intake' AS service, i.* FROM intake.dead_letter AS i)
        UNION ALL
        (SELECT 'dispatch' AS service, p.* FROM dispatch.dead_letter AS p)) AS d
 WHERE d.at >= $1::timestamptz
   AND ($2::text = '' OR d.reason = $2::text)
   AND ($3::text = '' OR d.tenant_id = $3::text)
   AND ($4::text = '' OR d.topic = $4::text)
   AND NOT ($5::bool AND d.retried_at IS NOT NULL)
 ORDER BY d.at DESC, d.id DESC
 LIMIT $6::int8
