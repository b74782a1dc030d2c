-- How those of the staff who may be told can be reached.
SELECT s.tenant_id, s.staff_id, s.phone_sealed IS NOT NULL, s.email_sealed IS NOT NULL, s.phone_key, s.email_key
  FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) AS n (tenant_id, staff_id)) AS n
  JOIN dispatch.staff_contact_view AS s ON s.tenant_id = n.tenant_id AND s.staff_id = n.staff_id
 ORDER BY s.tenant_id, s.staff_id
