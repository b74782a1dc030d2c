-- Who was given texts about people, and why.
INSERT INTO journal.disclosure (complaint_id, tenant_id, who, why, manifest)
VALUES ($1::uuid, $2::text, $3::text, $4::text, $5::bytea)
