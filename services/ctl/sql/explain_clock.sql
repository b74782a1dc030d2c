-- What a clock's due instant is worked out from.
SELECT s.tenant_id, s.project_code, s.category_code, s.severity, s.complexity, s.pauses, p.content
  FROM watchdog.case_state AS s
  JOIN watchdog.policy AS p ON p.tenant_id = s.tenant_id AND p.code = $2::text AND p.version = $3::int4
 WHERE s.complaint_id = $1::uuid
