-- One row per new case: where it stands after all that followed from its registration. now() is when it was assigned.
INSERT INTO @schema@.case_state (complaint_id, tenant_id, status, department_code, assignee_id, assignee_role,
       assigned_at, version, head, facts, level)
SELECT n.complaint_id, n.tenant_id, n.status, n.department_code, n.assignee_id, n.assignee_role, now(), n.version, n.head,
       n.facts, n.level
  FROM unnest($1::uuid[], $2::text[], $3::int2[], $4::text[], $5::text[], $6::int2[], $7::int8[], $8::bytea[], $9::int4[],
              $10::int4[])
    AS n (complaint_id, tenant_id, status, department_code, assignee_id, assignee_role, version, head, facts, level)
