-- Touches only what differs, here and in the statements beside: rows changed are what the revision is raised for.
INSERT INTO intake.project AS t (tenant_id, code, name)
SELECT $1::text, n.code, n.name FROM unnest($2::text[], $3::text[]) AS n (code, name)
    ON CONFLICT (tenant_id, code) DO UPDATE SET name = excluded.name WHERE t.name <> excluded.name
