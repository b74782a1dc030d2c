SELECT tenant_id, code, name, head_staff_id
  FROM @schema@.department
 ORDER BY tenant_id COLLATE "C", code COLLATE "C"
