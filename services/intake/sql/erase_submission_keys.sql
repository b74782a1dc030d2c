-- The sender's reference with the digest of its content. The same submission again would be too old to be taken.
DELETE FROM @schema@.submission_key AS k
 USING @schema@.complaint AS c
 WHERE c.id = ANY ($1::uuid[]) AND k.source_event_id = c.source_event_id COLLATE "C"
   AND k.source = c.source COLLATE "C" AND k.tenant_id = c.tenant_id COLLATE "C"
