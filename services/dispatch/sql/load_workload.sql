-- Who has how many open cases, in the tenants of the batch. Not locked: another instance's newest assignments may be
-- missing, which makes the spread a little less even and costs nobody a wait.
SELECT tenant_id, staff_id, open_cases, given_at
  FROM @schema@.workload
 WHERE tenant_id = ANY ($1::text[])
