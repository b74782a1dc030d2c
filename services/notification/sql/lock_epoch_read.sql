-- One instance reads; it keeps the lock as long as its connection, or until it is done.
SELECT pg_try_advisory_lock(hashtextextended('redress notification.epoch_read', 0))
