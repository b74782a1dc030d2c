-- R7: the earliest complaint about the same matter within the tenant's window around the time of receipt. One probe of
-- complaint_matter per row.
SELECT n.ord, c.id, c.number, c.received_at
  FROM unnest($1::int[], $2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[])
       AS n (ord, tenant_id, matter, not_before, not_after)
 CROSS JOIN LATERAL (
       SELECT p.id, p.number, p.received_at
         FROM @schema@.complaint AS p
        WHERE p.matter = n.matter AND p.received_at BETWEEN n.not_before AND n.not_after
          AND p.tenant_id = n.tenant_id
        ORDER BY p.received_at
        LIMIT 1) AS c
