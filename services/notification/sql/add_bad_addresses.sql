INSERT INTO @schema@.bad_address AS b (tenant_id, channel, address_key, until, code)
SELECT DISTINCT ON (n.tenant_id, n.channel, n.address_key) n.tenant_id, n.channel, n.address_key,
       now() + n.days * interval '1 day', n.code
  FROM unnest($1::text[], $2::smallint[], $3::text[], $4::int[], $5::text[]) AS n (tenant_id, channel, address_key, days,
       code)
 ORDER BY n.tenant_id, n.channel, n.address_key
    ON CONFLICT (tenant_id, channel, address_key) DO UPDATE SET until = excluded.until, code = excluded.code
