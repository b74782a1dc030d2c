-- What comes back is new. Ordered, so that two instances with the same references wait for each other and never in a ring;
-- the one that waited sees the other's row in its next statement (READ COMMITTED).
INSERT INTO @schema@.submission_key (tenant_id, source, source_event_id, content_key, complaint_id)
SELECT n.tenant_id, n.source, n.source_event_id, n.content_key, n.complaint_id
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[])
       AS n (tenant_id, source, source_event_id, content_key, complaint_id)
 ORDER BY n.tenant_id COLLATE "C", n.source COLLATE "C", n.source_event_id COLLATE "C"
ON CONFLICT DO NOTHING
RETURNING complaint_id
