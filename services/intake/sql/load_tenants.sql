SELECT tenant_id, number_format, duplicate_window_days, data_key FROM @schema@.tenant
