-- The earliest $2 clocks that are due, not before $1 (a bound that keeps dead entries of the index from being walked
-- again), moved on past every point up to the last one's: so all is told in due order, over several batches too. Rows
-- that another instance is at are its own to fire. And of whom they are: a canary is nobody's.
WITH taken AS MATERIALIZED (
    SELECT ctid AS place, next_at
      FROM @schema@.clock
     WHERE next_at >= $1::timestamptz AND next_at <= now()
     ORDER BY next_at
     LIMIT $2::int8
       FOR UPDATE SKIP LOCKED
), horizon AS MATERIALIZED (SELECT max(next_at) AS at FROM taken), fired AS (
    UPDATE @schema@.clock AS c
       SET told_before = fired,
           fired = width_bucket((SELECT at FROM horizon), c.points),
           next_at = c.points[width_bucket((SELECT at FROM horizon), c.points) + 1]
     WHERE c.ctid = ANY (ARRAY(SELECT place FROM taken))
    RETURNING c.*
)
SELECT f.complaint_id, f.policy_code, f.name, f.cycle, f.policy_version, f.start_event, f.provisional, f.told_before,
       f.fired, f.started_at, f.due_at, array_send(f.points), array_send(f.percents), (SELECT at FROM horizon),
       s.tenant_id, s.number, s.project_code, s.category_code, s.severity, s.complexity,
       f.work_order, f.step
  FROM fired AS f
  LEFT JOIN @schema@.case_state AS s USING (complaint_id)
