-- Days are numbered from 1970 on.
SELECT tenant_id, project_code, item, name, unit, effective_from - date '1970-01-01', unit_price_fen
  FROM @schema@.price
 ORDER BY tenant_id COLLATE "C", item COLLATE "C", project_code COLLATE "C", effective_from
