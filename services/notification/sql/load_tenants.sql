-- All tenants; those that have settled nothing are told by the standard alone.
SELECT k.tenant_id, k.name, k.time_zone, k.data_key, s.content
  FROM intake.tenant_key_view AS k
  LEFT JOIN @schema@.settings AS s ON s.tenant_id = k.tenant_id
 ORDER BY k.tenant_id COLLATE "C"
