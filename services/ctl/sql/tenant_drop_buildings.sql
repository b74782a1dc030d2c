DELETE FROM intake.building AS b
 WHERE b.tenant_id = $1::text
   AND NOT EXISTS (SELECT FROM unnest($2::text[], $3::text[]) AS n (project_code, code)
                    WHERE n.project_code = b.project_code AND n.code = b.code)
