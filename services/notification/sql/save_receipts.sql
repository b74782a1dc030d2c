-- Kept before it is answered; the same again is no other receipt.
INSERT INTO @schema@.receipt (tenant_id, gateway, key, message_id, request_id, status, bad_address, code, parts)
SELECT $1::text, $2::text, n.key, n.message_id, n.request_id, n.status, n.bad_address, n.code, n.parts
  FROM unnest($3::text[], $4::uuid[], $5::text[], $6::smallint[], $7::bool[], $8::text[], $9::int[])
       AS n (key, message_id, request_id, status, bad_address, code, parts)
    ON CONFLICT (tenant_id, gateway, key) DO NOTHING
