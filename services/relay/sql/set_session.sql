-- The relay's session. Reads must go along the primary key whatever the statistics say: on a table that was never
-- analysed the planner would rather sort all of it. Custom plans prune the partitions while planning.
SELECT set_config('enable_seqscan', 'off', false), set_config('enable_bitmapscan', 'off', false),
       set_config('enable_sort', 'off', false), set_config('plan_cache_mode', 'force_custom_plan', false),
       -- A cursor that falls back after a crash costs a few repeats that the tails show: no need to wait for the disk.
       set_config('synchronous_commit', 'off', false),
       set_config('idle_session_timeout', $1::text, false)
