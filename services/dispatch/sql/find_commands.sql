-- Those of the batch that were answered before.
SELECT n.ord, c.digest, c.complaint_id, c.version, c.refusal
  FROM unnest($1::int4[], $2::text[], $3::text[], $4::text[]) AS n (ord, command_id, source, tenant_id)
  JOIN @schema@.command AS c
    ON c.command_id = n.command_id AND c.source = n.source AND c.tenant_id = n.tenant_id
