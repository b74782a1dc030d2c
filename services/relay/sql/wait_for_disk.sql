-- This one transaction must survive a crash, unlike the moves of the cursor.
SELECT set_config('synchronous_commit', 'on', true)
