-- What is there as this version of a policy.
SELECT content = $4::text FROM watchdog.policy WHERE tenant_id = $1::text AND code = $2::text AND version = $3::int4
