-- One dead letter with its sealed bytes, whichever daemon set it aside.
SELECT d.id, d.service, d.at, d.topic, d.partition, d.record_offset, d.reason, d.message, d.tenant_id, d.source,
       d.source_event_id, d.size, d.sealed IS NOT NULL AS kept, d.retried_at, d.sha256, d.sealed
  FROM (SELECT 'intake' AS service, i.* FROM intake.dead_letter AS i WHERE i.id = $1::uuid
        UNION ALL
        SELECT 'dispatch' AS service, p.* FROM dispatch.dead_letter AS p WHERE p.id = $1::uuid) AS d
