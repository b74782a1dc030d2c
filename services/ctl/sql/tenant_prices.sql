-- All of them, those that are over or still to come too: price_find says which holds on a day.
SELECT project_code, item, name, unit, effective_from - date '1970-01-01', unit_price_fen
  FROM dispatch.price
 WHERE tenant_id = $1::text
 ORDER BY item COLLATE "C", project_code COLLATE "C", effective_from
