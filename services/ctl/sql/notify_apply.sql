-- A tenant's settings of notification; no row where they are the same.
WITH s AS (
    INSERT INTO notification.settings AS s (tenant_id, content)
    SELECT t.tenant_id, $2::text FROM intake.tenant AS t WHERE t.tenant_id = $1::text
        ON CONFLICT (tenant_id) DO UPDATE SET content = excluded.content, applied_at = now()
     WHERE s.content <> excluded.content
    RETURNING tenant_id
), r AS (
    UPDATE notification.settings_revision SET revision = revision + 1 WHERE EXISTS (SELECT FROM s)
)
SELECT (SELECT count(*) FROM intake.tenant WHERE tenant_id = $1::text), (SELECT count(*) FROM s)
