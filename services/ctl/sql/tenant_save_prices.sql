-- Days are numbered from 1970 on, as in dispatch.
INSERT INTO dispatch.price AS t (tenant_id, project_code, item, effective_from, name, unit, unit_price_fen)
SELECT $1::text, n.project_code, n.item, date '1970-01-01' + n.day, n.name, n.unit, n.unit_price_fen
  FROM unnest($2::text[], $3::text[], $4::int4[], $5::text[], $6::text[], $7::int8[])
       AS n (project_code, item, day, name, unit, unit_price_fen)
    ON CONFLICT (tenant_id, item, project_code, effective_from) DO UPDATE
   SET name = excluded.name, unit = excluded.unit, unit_price_fen = excluded.unit_price_fen
 WHERE (t.name, t.unit, t.unit_price_fen) <> (excluded.name, excluded.unit, excluded.unit_price_fen)
