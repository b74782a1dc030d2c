-- Which of these addresses bounced not long ago.
SELECT b.tenant_id, b.channel::int4, b.address_key
  FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[]) AS n (tenant_id, address_key)) AS n
  JOIN @schema@.bad_address AS b ON b.tenant_id = n.tenant_id AND b.address_key = n.address_key AND b.until > now()
