DELETE FROM dispatch.department WHERE tenant_id = $1::text AND code <> ALL ($2::text[])
