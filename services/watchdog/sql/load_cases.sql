-- The complaints of the batch, locked in one order: a recomputation may be at the same ones.
SELECT complaint_id, tenant_id, number, project_code, version, category_code, severity, complexity, ended, received_at,
       registered_at, pauses, between_since, between_us, bounces
  FROM @schema@.case_state
 WHERE complaint_id = ANY ($1::uuid[])
 ORDER BY complaint_id
   FOR UPDATE
