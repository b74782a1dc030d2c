-- The earliest $2 clocks that are due, not before $1 (a bound that keeps dead entries of the index from being walked
-- again), moved on past every point up to the last one's: so all is told in due order, over several batches too. Rows
-- that another instance is at are its own to fire.
WITH taken AS MATERIALIZED (
    SELECT ctid AS place, next_at
      FROM @schema@.clock
     WHERE next_at >= $1::timestamptz AND next_at <= now()
     ORDER BY next_at
     LIMIT $2::int8
       FOR UPDATE SKIP LOCKED
), horizon AS MATERIALIZED (SELECT max(next_at) AS at FROM taken)
UPDATE @schema@.clock AS c
   SET told_before = fired,
       fired = width_bucket((SELECT at FROM horizon), c.points),
       next_at = c.points[width_bucket((SELECT at FROM horizon), c.points) + 1]
 WHERE c.ctid = ANY (ARRAY(SELECT place FROM taken))
RETURNING c.complaint_id, c.policy_code, c.name, c.cycle, c.policy_version, c.start_event, c.provisional, c.told_before, c.fired,
          c.started_at, c.due_at, array_send(c.points), array_send(c.percents), (SELECT at FROM horizon),
          c.work_order, c.step
