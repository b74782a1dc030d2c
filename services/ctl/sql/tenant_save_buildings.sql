INSERT INTO intake.building AS t (tenant_id, project_code, code, name, floors, units_per_floor)
SELECT $1::text, n.*
  FROM unnest($2::text[], $3::text[], $4::text[], $5::int4[], $6::int4[])
       AS n (project_code, code, name, floors, units_per_floor)
    ON CONFLICT (tenant_id, project_code, code) DO UPDATE
   SET name = excluded.name, floors = excluded.floors, units_per_floor = excluded.units_per_floor
 WHERE (t.name, t.floors, t.units_per_floor) <> (excluded.name, excluded.floors, excluded.units_per_floor)
