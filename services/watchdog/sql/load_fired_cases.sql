-- Of whom the fired clocks are; nothing of it is changed.
SELECT complaint_id, tenant_id, number, project_code, category_code, severity, complexity
  FROM @schema@.case_state
 WHERE complaint_id = ANY ($1::uuid[])
