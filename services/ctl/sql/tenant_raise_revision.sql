WITH i AS (UPDATE intake.tenant_revision SET revision = revision + 1)
UPDATE dispatch.tenant_revision SET revision = revision + 1
