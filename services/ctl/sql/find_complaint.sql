-- Whoever the number belongs to: numbers are unique within a tenant, so the index is asked once per tenant.
SELECT c.id
  FROM intake.tenant AS t
  JOIN intake.complaint_view AS c ON c.tenant_id = t.tenant_id AND c.number = $1::text
 WHERE $2::text = '' OR t.tenant_id = $2::text
 ORDER BY c.id
 LIMIT 10
