WITH a AS (DELETE FROM @schema@.receipt WHERE received_at < now() - interval '30 days'),
     b AS (DELETE FROM @schema@.quota WHERE hour < now() - interval '2 days')
DELETE FROM @schema@.bad_address WHERE until < now()
