-- What is to be known of cases that something is told about, and who stands in which place (R35). Before dispatch has
-- the case there is no department yet: customer service stands for it.
SELECT c.complaint_id, c.number, c.project_code, p.name AS project_name, d.category_code, d.category_name,
       d.department_code, d.department_name, d.status, d.severity, d.complexity, d.assignee_id, h.name AS handler_name,
       c.received_at, c.contact, c.preferred_channel::int4, coalesce(head.staff_id, cs.staff_id, duty.staff_id),
       coalesce(cs.staff_id, duty.staff_id), duty.staff_id,
       (SELECT string_agg(l.staff_id, chr(31)) FROM dispatch.leader_view AS l WHERE l.tenant_id = c.tenant_id)
  FROM intake.contact_view AS c
  LEFT JOIN intake.project_view AS p ON p.tenant_id = c.tenant_id AND p.code = c.project_code
  LEFT JOIN dispatch.case_view AS d ON d.complaint_id = c.complaint_id
  LEFT JOIN dispatch.staff_contact_view AS h ON h.tenant_id = c.tenant_id AND h.staff_id = d.assignee_id
  LEFT JOIN dispatch.standing_view AS head ON head.tenant_id = c.tenant_id AND head.department_code = d.department_code
  LEFT JOIN dispatch.standing_view AS cs ON cs.tenant_id = c.tenant_id AND cs.department_code = 'customer_service'
  LEFT JOIN dispatch.duty_view AS duty ON duty.tenant_id = c.tenant_id
 WHERE c.complaint_id = ANY ($1::uuid[])
