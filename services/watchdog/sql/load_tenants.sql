SELECT tenant_id, time_zone FROM @schema@.tenant ORDER BY tenant_id COLLATE "C"
