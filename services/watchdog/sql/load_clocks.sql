-- All their clocks, ended ones too: the next cycle's number comes from them. Locked, because they may be firing.
SELECT complaint_id, policy_code, name, cycle, policy_version, state, start_event, provisional, fired, started_at,
       due_at, agreed_at, ended_at, array_send(points), array_send(percents), work_order,
       step
  FROM @schema@.clock
 WHERE complaint_id = ANY ($1::uuid[])
 ORDER BY complaint_id, policy_code COLLATE "C", name COLLATE "C", work_order, cycle
   FOR UPDATE
