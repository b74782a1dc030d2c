-- A complaint's record in the order of its chain.
SELECT batch, ord, topic, key, event_id, tenant_id, aggregate_id, aggregate_version, type, headers, payload, prev_hash,
       hash, recorded_at
  FROM journal.entry
 WHERE aggregate_id = $1::uuid
 ORDER BY aggregate_version, batch, ord
