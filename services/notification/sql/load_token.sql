-- With a minute to spare: it is used for a call that takes its time.
SELECT sealed, expires_at FROM @schema@.token
 WHERE tenant_id = $1::text AND gateway = $2::text AND expires_at > now() + interval '1 minute'
