INSERT INTO watchdog.tenant AS t (tenant_id, time_zone) VALUES ($1::text, $2::text)
    ON CONFLICT (tenant_id) DO UPDATE SET time_zone = excluded.time_zone
 WHERE t.time_zone <> excluded.time_zone
