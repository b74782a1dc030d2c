-- One row per case that went on. `was` guards against a writer that loaded an older state.
UPDATE @schema@.case_state AS s
   SET status = n.status, since_at = n.since_at, department_code = n.department_code, assignee_id = n.assignee_id,
       assignee_role = n.assignee_role, assigned_at = n.assigned_at, facts = n.facts, level = n.level,
       waiting = n.waiting, asked = n.asked, question = n.question, question_at = n.question_at,
       recused = CASE n.recused WHEN '' THEN '{}' ELSE string_to_array(n.recused, chr(31)) END,
       bounces = n.bounces, plans = n.plans, plan_steps = n.plan_steps, dissatisfied = n.dissatisfied,
       reminders = n.reminders, reopened = n.reopened, chases = n.chases, passed_on = n.passed_on,
       plan_deadline_at = n.plan_deadline_at, closed_at = n.closed_at, reopen_until_at = n.reopen_until_at,
       retain_until_at = n.retain_until_at, merged_into = n.merged_into, version = n.version, head = n.head
  FROM unnest($1::uuid[], $2::int4[], $3::timestamptz[], $4::text[], $5::text[], $6::int4[], $7::timestamptz[], $8::int4[],
              $9::int4[], $10::int4[], $11::int4[], $12::int4[], $13::timestamptz[], $14::text[], $15::int4[], $16::int4[], $17::int4[],
              $18::int4[], $19::int4[], $20::int4[], $21::int4[], $22::int4[], $23::timestamptz[], $24::timestamptz[],
              $25::timestamptz[], $26::timestamptz[], $27::uuid[], $28::int8[], $29::bytea[], $30::int8[])
    AS n (complaint_id, status, since_at, department_code, assignee_id, assignee_role, assigned_at, facts, level, waiting,
          asked, question, question_at, recused, bounces, plans, plan_steps, dissatisfied, reminders, reopened, chases, passed_on,
          plan_deadline_at, closed_at, reopen_until_at, retain_until_at, merged_into, version, head, was)
 WHERE s.complaint_id = n.complaint_id AND s.version = n.was
