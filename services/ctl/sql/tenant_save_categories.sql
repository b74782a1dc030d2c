INSERT INTO dispatch.category AS t (tenant_id, code, parent, name, department_code, complex, ordinal, strong, weak,
                                    against)
SELECT $1::text, n.code, n.parent, n.name, n.department_code, n.complex, n.ordinal,
       string_to_array(n.strong, chr(31)), string_to_array(n.weak, chr(31)), string_to_array(n.against, chr(31))
  FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bool[], $7::int4[], $8::text[], $9::text[],
              $10::text[])
       AS n (code, parent, name, department_code, complex, ordinal, strong, weak, against)
    ON CONFLICT (tenant_id, code) DO UPDATE
   SET parent = excluded.parent, name = excluded.name, department_code = excluded.department_code,
       complex = excluded.complex, ordinal = excluded.ordinal, strong = excluded.strong, weak = excluded.weak,
       against = excluded.against
 WHERE t.* IS DISTINCT FROM excluded.*
