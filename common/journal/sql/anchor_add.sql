-- The anchors of one anchoring.
INSERT INTO journal.anchor (tenant_id, number, at, batch, ord, all_complaints, complete, statement, signature)
SELECT n.tenant_id, n.number, $6::timestamptz, $7::int8, $8::int4, n.all_complaints, $9::bool, n.statement, n.signature
  FROM unnest($1::text[], $2::int8[], $3::int8[], $4::text[], $5::bytea[])
    AS n (tenant_id, number, all_complaints, statement, signature)
