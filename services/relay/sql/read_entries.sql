-- The next entries in order, and the xmin of the snapshot that shows them, for the gap rule (gap.h). The first
-- condition lets the planner leave out old partitions, the second one is the exact place. The sub-select is worked out
-- once and not for each row: a fifth of the read's cost.
SELECT batch, ord, topic, key, event_id, tenant_id, aggregate_id, type, headers, payload, hash, recorded_at,
       (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::int8) AS snapshot_xmin
  FROM journal.entry
 WHERE batch >= $1::int8 AND (batch, ord) > ($1::int8, $2::int4)
 ORDER BY batch, ord
 LIMIT $3::int4
