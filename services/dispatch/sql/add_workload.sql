-- What this batch gave to each person, one row a person. In one order everywhere, so that two instances never lock each
-- other out; added rather than set, so that neither undoes the other.
INSERT INTO @schema@.workload AS w (tenant_id, staff_id, open_cases, given_at)
SELECT n.tenant_id, n.staff_id, n.added, n.given_at
  FROM unnest($1::text[], $2::text[], $3::int8[], $4::timestamptz[]) AS n (tenant_id, staff_id, added, given_at)
 ORDER BY n.tenant_id COLLATE "C", n.staff_id COLLATE "C"
    ON CONFLICT (tenant_id, staff_id) DO UPDATE
   SET open_cases = w.open_cases + excluded.open_cases, given_at = greatest(w.given_at, excluded.given_at)
