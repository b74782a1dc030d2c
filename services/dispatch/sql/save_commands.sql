-- A key that is there already: another instance has answered one of them meanwhile, and the batch is done again. Not left to
-- ON CONFLICT, which would look for each key once more and write a third record for each row. In one order everywhere.
INSERT INTO @schema@.command (command_id, source, tenant_id, digest, complaint_id, version, refusal)
SELECT n.command_id, n.source, n.tenant_id, n.digest, n.complaint_id, n.version, n.refusal
  FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::uuid[], $6::int8[], $7::bytea[])
    AS n (command_id, source, tenant_id, digest, complaint_id, version, refusal)
 ORDER BY n.command_id COLLATE "C", n.source COLLATE "C", n.tenant_id COLLATE "C"
