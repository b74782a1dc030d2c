SELECT tenant_id, project_code, code FROM @schema@.building
