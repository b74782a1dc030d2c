-- One row per new case: where it stands. now() is when it was assigned.
INSERT INTO @schema@.case_state (complaint_id, tenant_id, status, department_code, assignee_id, assignee_role,
       assigned_at, version, head)
SELECT n.complaint_id, n.tenant_id, n.status, n.department_code, n.assignee_id, n.assignee_role, now(), n.version, n.head
  FROM unnest($1::uuid[], $2::text[], $3::int2[], $4::text[], $5::text[], $6::int2[], $7::int8[], $8::bytea[])
    AS n (complaint_id, tenant_id, status, department_code, assignee_id, assignee_role, version, head)
