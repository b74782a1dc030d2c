-- The newest version of each.
SELECT DISTINCT ON (tenant_id COLLATE "C", name COLLATE "C") tenant_id, name, version, content
  FROM @schema@.calendar
 ORDER BY tenant_id COLLATE "C", name COLLATE "C", version DESC
