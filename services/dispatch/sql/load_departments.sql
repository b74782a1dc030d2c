SELECT tenant_id, code, name, head_staff_id, array_to_string(deputies, chr(31))
  FROM @schema@.department
 ORDER BY tenant_id COLLATE "C", code COLLATE "C"
