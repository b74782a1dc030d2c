SELECT content FROM watchdog.calendar WHERE tenant_id = $1::text AND name = $2::text ORDER BY version DESC LIMIT 1
