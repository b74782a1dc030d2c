-- Second walk, chain by chain. Batch and ord are part of the place, so that a version that is there twice is seen.
SELECT batch, ord, aggregate_id, aggregate_version, prev_hash, hash
  FROM journal.entry
 WHERE aggregate_id IS NOT NULL
   AND (aggregate_id, aggregate_version, batch, ord) > ($1::uuid, $2::int8, $3::int8, $4::int4)
 ORDER BY aggregate_id, aggregate_version, batch, ord
 LIMIT $5::int4
