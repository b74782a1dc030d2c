INSERT INTO @schema@.quota AS q (tenant_id, address_key, hour, used)
SELECT n.tenant_id, n.address_key, date_trunc('hour', now()), count(*)
  FROM unnest($1::text[], $2::text[]) AS n (tenant_id, address_key)
 GROUP BY n.tenant_id, n.address_key
 ORDER BY n.tenant_id, n.address_key
    ON CONFLICT (tenant_id, address_key, hour) DO UPDATE SET used = q.used + excluded.used
