DELETE FROM dispatch.staff WHERE tenant_id = $1::text AND staff_id <> ALL ($2::text[])
