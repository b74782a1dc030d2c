-- What people call things: for tables whose rows have only codes.
SELECT 'project' AS kind, code, name FROM intake.project
 UNION ALL
SELECT 'category', code, name FROM dispatch.category
 UNION ALL
SELECT 'department', code, name FROM dispatch.department
 UNION ALL
SELECT 'staff', staff_id, name FROM dispatch.staff
