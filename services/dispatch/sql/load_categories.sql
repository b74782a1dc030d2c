SELECT tenant_id, code, parent, name, department_code, complex, ordinal, array_to_string(strong, chr(31)),
       array_to_string(weak, chr(31)), array_to_string(against, chr(31))
  FROM @schema@.category
 ORDER BY tenant_id COLLATE "C", ordinal
