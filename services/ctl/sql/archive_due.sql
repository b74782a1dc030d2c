-- What the job would do and when, and what it leaves alone although its time has come; the same view that it reads.
SELECT number, tenant_id, complaint_id, step, closed_at, due_at, waits_for
  FROM dispatch.retention_view
 WHERE due_at <= $1::timestamptz AND ($2::text = '' OR tenant_id = $2::text)
 ORDER BY due_at, complaint_id
 LIMIT $3::int8
