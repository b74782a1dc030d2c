-- Cases whose time has come, the oldest first; handling.c decides once more, when they are locked.
SELECT complaint_id, tenant_id, step = 'erase'
  FROM @schema@.retention_view
 WHERE due_at <= $1::timestamptz AND waits_for = ''
 ORDER BY due_at, complaint_id
 LIMIT $2::int4
