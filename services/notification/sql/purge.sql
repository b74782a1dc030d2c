WITH a AS (DELETE FROM @schema@.receipt WHERE received_at < now() - interval '30 days'),
     b AS (DELETE FROM @schema@.quota WHERE hour < now() - interval '2 days'),
     -- what comes in again is not older than submissions and commands are kept on Kafka
     c AS (DELETE FROM @schema@.told_before WHERE kept_at < now() - interval '7 days')
DELETE FROM @schema@.bad_address WHERE until < now()
