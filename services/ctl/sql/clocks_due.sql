-- Running clocks by due time; the overdue ones first.
SELECT number, project_code, policy_code, name, cycle, due_at, breached, started_at, provisional, tenant_id
  FROM watchdog.clock_view
 WHERE state = 'running'
   AND due_at <= now() + $1::int8 * interval '1 second'
   AND ($2::text = '' OR tenant_id = $2::text)
   AND ($3::text = '' OR project_code = $3::text)
 ORDER BY due_at, number, policy_code COLLATE "C", name COLLATE "C"
 LIMIT $4::int8
