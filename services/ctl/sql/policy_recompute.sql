INSERT INTO watchdog.recompute (tenant_id, policy_code, policy_version, reason)
VALUES ($1::text, $2::text, $3::int4, $4::text)
