-- The registration's evidence; nothing once it was erased.
SELECT ord::int8, media_type, uri, size, sha256
  FROM intake.evidence
 WHERE complaint_id = $1::uuid
 ORDER BY ord
