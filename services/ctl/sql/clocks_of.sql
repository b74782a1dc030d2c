-- All clocks of a complaint; those of the same step (of the same work order) together, in the order in which steps began.
SELECT policy_code, policy_version, name, cycle, state, started_at, due_at, provisional, ended_at, breached, fired::int4,
       array_to_string(percents, ' '),
       array_to_string(ARRAY(SELECT (extract(epoch FROM p) * 1000000)::int8
                               FROM unnest(points) WITH ORDINALITY AS u (p, n) ORDER BY n), ' '),
       now(), step, work_order, strictest
  FROM watchdog.clock_view
 WHERE complaint_id = $1::uuid
 ORDER BY min(started_at) OVER (PARTITION BY step, work_order), step COLLATE "C", work_order, started_at,
          policy_code COLLATE "C", name COLLATE "C", cycle
