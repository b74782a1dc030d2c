-- A new version where the content is another than the newest one's; gives its number, nothing if all is as it was.
INSERT INTO watchdog.calendar (tenant_id, name, version, content)
SELECT $1::text, $2::text, coalesce(max(version), 0) + 1, $3::text
  FROM watchdog.calendar
 WHERE tenant_id = $1::text AND name = $2::text
HAVING (array_agg(content ORDER BY version DESC))[1] IS DISTINCT FROM $3::text
RETURNING version
