INSERT INTO watchdog.policy (tenant_id, code, version, effective_from, content)
VALUES ($1::text, $2::text, $3::int4, date '1970-01-01' + $4::int4, $5::text)
