-- How many SMS each number ('': the tenant) got in the last 24 hours: an hour of which a part lies before that counts.
SELECT n.ord, coalesce((SELECT sum(q.used) FROM @schema@.quota AS q
                         WHERE q.tenant_id = n.tenant_id AND q.address_key = n.address_key
                           AND q.hour > now() - interval '25 hours'), 0)::bigint
  FROM unnest($1::int[], $2::text[], $3::text[]) AS n (ord, tenant_id, address_key)
