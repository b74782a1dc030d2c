SELECT id, tenant_id, policy_code, policy_version, reason, done_until
  FROM @schema@.recompute
 ORDER BY id
 LIMIT 1
   FOR UPDATE SKIP LOCKED
