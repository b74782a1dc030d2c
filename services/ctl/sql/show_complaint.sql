-- One complaint: what intake registered and what dispatch made of it (nothing, where it has not come to it yet).
SELECT c.id, c.tenant_id, c.number, c.source, c.source_event_id, c.channel::int4, c.project_code, p.name AS project_name,
       c.building, c.received_at, c.registered_at, c.occurred_at, c.category_code AS given_category,
       original.number AS likely_duplicate_of, c.amount_fen, c.clear::int4, c.evidence_count::int4, c.submitted_by,
       c.phone_masked, c.complainant_kind::int4, c.identity_verified, c.preferred_channel::int4,
       d.category_code, d.category_name, d.category_source, d.category_confidence::int4, d.severity, d.complexity,
       coalesce(d.status, 'registered') AS status, d.department_code, d.department_name, d.assignee_id,
       s.name AS assignee_name, d.assignee_role, d.assigned_at, d.version,
       d.since_at, d.level, d.waiting_for, d.question_open, d.inspection_open, d.plans::int4, d.plan_deadline_at,
       d.bounces::int4, d.dissatisfied::int4, d.reopened::int4, d.closed_at, d.reopen_until_at, d.retain_until_at,
       goes_on.number AS merged_into, d.held, d.recurrence,
       (SELECT x.split_from_number FROM intake.split_view AS x WHERE x.complaint_id = c.id) AS split_from,
       (SELECT string_agg(x.number, ' ' ORDER BY x.number) FROM intake.split_view AS x WHERE x.split_from = c.id)
           AS split_into
  FROM intake.complaint_view AS c
  LEFT JOIN intake.project AS p ON p.tenant_id = c.tenant_id AND p.code = c.project_code
  LEFT JOIN intake.complaint_view AS original ON original.id = c.likely_duplicate_of
  LEFT JOIN dispatch.case_view AS d ON d.complaint_id = c.id
  LEFT JOIN intake.complaint_view AS goes_on ON goes_on.id = d.merged_into
  LEFT JOIN dispatch.staff AS s ON s.tenant_id = d.tenant_id AND s.staff_id = d.assignee_id
 WHERE c.id = $1::uuid
