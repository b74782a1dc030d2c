-- Sealing the same phone or address gives other bytes each time: whether it is the same shows in its key.
INSERT INTO dispatch.staff AS t (tenant_id, staff_id, name, department_code, projects, trained, on_duty, absent,
                                 phone_key, phone_sealed, email_key, email_sealed)
SELECT $1::text, n.staff_id, n.name, n.department_code, string_to_array(n.projects, chr(31)), n.trained, n.on_duty,
       n.absent::datemultirange, n.phone_key, n.phone_sealed, n.email_key, n.email_sealed
  FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bool[], $7::bool[], $8::text[], $9::text[],
              $10::bytea[], $11::text[], $12::bytea[])
       AS n (staff_id, name, department_code, projects, trained, on_duty, absent, phone_key, phone_sealed, email_key,
             email_sealed)
    ON CONFLICT (tenant_id, staff_id) DO UPDATE
   SET name = excluded.name, department_code = excluded.department_code, projects = excluded.projects,
       trained = excluded.trained, on_duty = excluded.on_duty, absent = excluded.absent,
       phone_key = excluded.phone_key, phone_sealed = excluded.phone_sealed,
       email_key = excluded.email_key, email_sealed = excluded.email_sealed
 WHERE (t.name, t.department_code, t.projects, t.trained, t.on_duty, t.absent, t.phone_key, t.email_key)
    <> (excluded.name, excluded.department_code, excluded.projects, excluded.trained, excluded.on_duty,
        excluded.absent, excluded.phone_key, excluded.email_key)
