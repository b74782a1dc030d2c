-- Running clocks by due time, the overdue ones first: read in the order of the index clock_due, no further than asked for.
-- Without $5 one of each step, the one that counts.
SELECT number, project_code, policy_code, name, cycle, due_at, breached, started_at, provisional, tenant_id, step,
       work_order, strictest
  FROM watchdog.clock_view
 WHERE ended_at IS NULL
   AND due_at <= now() + $1::int8 * interval '1 second'
   AND ($5::bool OR strictest)
   AND ($2::text = '' OR tenant_id = $2::text)
   AND ($3::text = '' OR project_code = $3::text)
 ORDER BY due_at, number, policy_code COLLATE "C", name COLLATE "C"
 LIMIT $4::int8
