-- The wrapped data key; no row for a new tenant.
SELECT data_key FROM intake.tenant WHERE tenant_id = $1::text
