-- One relay at a time. The lock is the session's: it goes with the connection, however the relay ends, and a relay that
-- was stopped loses it through idle_session_timeout. The first number is "rely" in ASCII.
SELECT pg_try_advisory_lock(1919249529, 1)
