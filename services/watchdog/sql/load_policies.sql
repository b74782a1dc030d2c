-- All versions: a running clock keeps the one it began with.
SELECT tenant_id, code, version, content
  FROM @schema@.policy
 ORDER BY tenant_id COLLATE "C", code COLLATE "C", version
