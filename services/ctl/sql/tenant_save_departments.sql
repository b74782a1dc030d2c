INSERT INTO dispatch.department AS t (tenant_id, code, name, head_staff_id, deputies)
SELECT $1::text, n.code, n.name, n.head_staff_id, string_to_array(n.deputies, chr(31))
  FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS n (code, name, head_staff_id, deputies)
    ON CONFLICT (tenant_id, code) DO UPDATE
   SET name = excluded.name, head_staff_id = excluded.head_staff_id, deputies = excluded.deputies
 WHERE (t.name, t.head_staff_id, t.deputies) <> (excluded.name, excluded.head_staff_id, excluded.deputies)
