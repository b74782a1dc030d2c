-- The hashes of a stretch in their order, a page at a time; nothing of what the entries say.
SELECT batch, ord, tenant_id, aggregate_version, hash
  FROM journal.entry
 WHERE batch >= $1::int8 AND (batch, ord) > ($1::int8, $2::int4)
   AND batch <= $3::int8 AND (batch, ord) <= ($3::int8, $4::int4)
 ORDER BY batch, ord
 LIMIT $5::int4
