-- The ids of the cases that commands name by their numbers.
SELECT n.ord, f.complaint_id
  FROM unnest($1::int4[], $2::text[], $3::text[]) AS n (ord, tenant_id, number)
  JOIN @schema@.case_file AS f ON f.tenant_id = n.tenant_id AND f.number = n.number
