INSERT INTO @schema@.token AS t (tenant_id, gateway, sealed, expires_at)
VALUES ($1::text, $2::text, $3::bytea, now() + $4::int * interval '1 second')
    ON CONFLICT (tenant_id, gateway) DO UPDATE SET sealed = excluded.sealed, expires_at = excluded.expires_at
