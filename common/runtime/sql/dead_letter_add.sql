INSERT INTO @schema@.dead_letter (id, at, topic, partition, record_offset, reason, message, tenant_id, source,
                                  source_event_id, size, sha256, sealed)
SELECT n.id, $13::timestamptz, n.topic, n.partition, n.record_offset, n.reason, n.message, n.tenant_id, n.source,
       n.source_event_id, n.size, n.sha256, n.sealed
  FROM unnest($1::uuid[], $2::text[], $3::int4[], $4::int8[], $5::text[], $6::text[], $7::text[], $8::text[],
              $9::text[], $10::int8[], $11::bytea[], $12::bytea[])
       AS n (id, topic, partition, record_offset, reason, message, tenant_id, source, source_event_id, size, sha256,
             sealed)
