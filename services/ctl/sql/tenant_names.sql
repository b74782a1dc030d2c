-- What the people of one tenant call their departments and each other: events have only codes.
SELECT 'department' AS kind, code, name FROM dispatch.department WHERE tenant_id = $1::text
 UNION ALL
SELECT 'staff', staff_id, name FROM dispatch.staff WHERE tenant_id = $1::text
