-- What the new files do not have any more although complaints refer to it.
SELECT 'project' AS kind, p.code AS code
  FROM intake.project AS p
 WHERE p.tenant_id = $1::text AND p.code <> ALL ($2::text[])
   AND EXISTS (SELECT FROM intake.complaint AS c WHERE c.tenant_id = p.tenant_id AND c.project_code = p.code)
UNION ALL
SELECT 'building', b.project_code || '/' || b.code
  FROM intake.building AS b
 WHERE b.tenant_id = $1::text
   AND NOT EXISTS (SELECT FROM unnest($3::text[], $4::text[]) AS n (project_code, code)
                    WHERE n.project_code = b.project_code AND n.code = b.code)
   AND EXISTS (SELECT FROM intake.complaint AS c
                WHERE c.tenant_id = b.tenant_id AND c.project_code = b.project_code AND c.building = b.code)
UNION ALL
SELECT 'staff', s.staff_id
  FROM dispatch.staff AS s
 WHERE s.tenant_id = $1::text AND s.staff_id <> ALL ($5::text[])
   AND EXISTS (SELECT FROM dispatch.workload AS w WHERE w.tenant_id = s.tenant_id AND w.staff_id = s.staff_id)
UNION ALL
SELECT 'department', d.code
  FROM dispatch.department AS d
 WHERE d.tenant_id = $1::text AND d.code <> ALL ($6::text[])
   AND EXISTS (SELECT FROM dispatch.case_state AS c WHERE c.tenant_id = d.tenant_id AND c.department_code = d.code)
UNION ALL
SELECT 'category', g.code
  FROM dispatch.category AS g
 WHERE g.tenant_id = $1::text AND g.code <> ALL ($7::text[])
   AND EXISTS (SELECT FROM dispatch.case_file AS c WHERE c.tenant_id = g.tenant_id AND c.category_code = g.code)
 ORDER BY 1, 2
