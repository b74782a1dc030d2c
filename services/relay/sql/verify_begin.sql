-- One snapshot for the whole walk, and reads along the indexes whatever the statistics say.
SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
       set_config('enable_sort', 'off', true), set_config('plan_cache_mode', 'force_custom_plan', true)
