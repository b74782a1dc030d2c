-- What was registered before under these references.
SELECT n.ord, k.content_key, k.complaint_id, c.number, c.registered_at
  FROM unnest($1::int[], $2::text[], $3::text[], $4::text[]) AS n (ord, tenant_id, source, source_event_id)
  JOIN @schema@.submission_key AS k
    ON k.tenant_id = n.tenant_id AND k.source = n.source AND k.source_event_id = n.source_event_id
  JOIN @schema@.complaint AS c ON c.id = k.complaint_id
