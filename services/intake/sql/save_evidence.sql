INSERT INTO @schema@.evidence (complaint_id, ord, uri, media_type, sha256, size)
SELECT n.complaint_id, n.ord, n.uri, n.media_type, n.sha256, n.size
  FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::text[], $5::bytea[], $6::bigint[])
       AS n (complaint_id, ord, uri, media_type, sha256, size)
