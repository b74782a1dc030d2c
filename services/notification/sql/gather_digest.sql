-- Told by another message (digest), or by themselves (NULL).
UPDATE @schema@.message_state AS s
   SET digest = n.digest, state = CASE WHEN n.digest IS NULL THEN 1 ELSE 2 END,
       held = CASE WHEN n.digest IS NULL THEN 0 ELSE 2 END, changed_at = now()
  FROM unnest($1::uuid[], $2::uuid[]) AS n (id, digest)
 WHERE s.id = n.id
