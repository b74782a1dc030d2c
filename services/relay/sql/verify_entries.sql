-- First walk, in order of writing: everything that the hash covers.
SELECT batch, ord, topic, key, event_id, tenant_id, aggregate_id, aggregate_version, type, headers, payload, prev_hash,
       hash, recorded_at
  FROM journal.entry
 WHERE batch >= $1::int8 AND (batch, ord) > ($1::int8, $2::int4)
 ORDER BY batch, ord
 LIMIT $3::int4
