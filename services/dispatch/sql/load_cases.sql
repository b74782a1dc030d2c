-- The cases of the batch, locked in one order: commands for one case may come to two instances at once. The columns of
-- case_state stand in the order of store_cases.c.
SELECT s.complaint_id, s.status, s.since_at, s.department_code, s.assignee_id, s.assignee_role, s.assigned_at, s.facts,
       s.level, s.waiting, s.asked, s.question, s.question_at, array_to_string(s.recused, chr(31)), s.bounces, s.plans, s.plan_steps,
       s.dissatisfied, s.reminders, s.reopened, s.chases, s.passed_on, s.plan_deadline_at, s.closed_at, s.reopen_until_at,
       s.retain_until_at, s.merged_into, s.version, s.head,
       s.tenant_id, f.number, f.project_code, f.building, f.home_key, f.complainant_key, f.category_code,
       f.severity::int4, f.complexity::int4, f.received_at, f.registered_at, coalesce(f.amount_fen, 0)
  FROM @schema@.case_state AS s
  JOIN @schema@.case_file AS f ON f.complaint_id = s.complaint_id
 WHERE s.complaint_id = ANY ($1::uuid[])
 ORDER BY s.complaint_id
   FOR UPDATE OF s
