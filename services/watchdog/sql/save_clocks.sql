-- Points and percents of all clocks come in one array each; a clock's are those from first to last.
INSERT INTO @schema@.clock AS c (complaint_id, policy_code, name, cycle, policy_version, state, start_event, provisional,
       fired, started_at, due_at, next_at, agreed_at, ended_at, points, percents, work_order, step)
SELECT n.complaint_id, n.policy_code, n.name, n.cycle, n.policy_version, n.state, n.start_event, n.provisional, n.fired,
       n.started_at, n.due_at, n.next_at, n.agreed_at, n.ended_at,
       ($15::timestamptz[])[n.first:n.last], ($16::int2[])[n.first:n.last], n.work_order, n.step
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int4[], $5::int4[], $6::int2[], $7::int2[], $8::bool[],
              $9::int2[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[],
              $14::timestamptz[], $17::int4[], $18::int4[], $19::int4[], $20::text[])
    AS n (complaint_id, policy_code, name, cycle, policy_version, state, start_event, provisional, fired, started_at,
          due_at, next_at, agreed_at, ended_at, first, last, work_order, step)
    ON CONFLICT (complaint_id, policy_code, name, work_order, cycle) DO UPDATE
   SET policy_version = excluded.policy_version, state = excluded.state, provisional = excluded.provisional,
       fired = excluded.fired, due_at = excluded.due_at, next_at = excluded.next_at, ended_at = excluded.ended_at,
       points = excluded.points, percents = excluded.percents, step = excluded.step
