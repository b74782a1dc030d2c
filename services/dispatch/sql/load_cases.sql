-- The cases of the batch, locked in one order: commands for one case may come to two instances at once. The columns stand in
-- the order of store_cases.c. What is in case_file is read after the lock is ours (load_files): of a row that is joined here
-- and not locked, the version from before the wait would come.
SELECT complaint_id, status, since_at, department_code, assignee_id, assignee_role, assigned_at, facts, level, waiting,
       asked, question, question_at, array_to_string(recused, chr(31)), bounces, plans, plan_steps, dissatisfied, reminders, reopened,
       chases, passed_on, plan_deadline_at, closed_at, reopen_until_at, retain_until_at, merged_into, version, head
  FROM @schema@.case_state
 WHERE complaint_id = ANY ($1::uuid[])
 ORDER BY complaint_id
   FOR UPDATE
