SELECT tenant_id, code FROM @schema@.project
