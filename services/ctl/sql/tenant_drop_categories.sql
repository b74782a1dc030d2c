DELETE FROM dispatch.category WHERE tenant_id = $1::text AND code <> ALL ($2::text[])
