-- A tenant, its data key, and its settings of notification where it has any.
SELECT t.tenant_id, t.name, t.data_key, s.content
  FROM intake.tenant AS t LEFT JOIN notification.settings AS s ON s.tenant_id = t.tenant_id
 WHERE t.tenant_id = $1::text
