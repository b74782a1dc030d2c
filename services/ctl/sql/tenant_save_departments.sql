INSERT INTO dispatch.department AS t (tenant_id, code, name, head_staff_id)
SELECT $1::text, n.* FROM unnest($2::text[], $3::text[], $4::text[]) AS n (code, name, head_staff_id)
    ON CONFLICT (tenant_id, code) DO UPDATE SET name = excluded.name, head_staff_id = excluded.head_staff_id
 WHERE (t.name, t.head_staff_id) <> (excluded.name, excluded.head_staff_id)
