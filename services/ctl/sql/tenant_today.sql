-- The day it is for the tenant, numbered from 1970 on, and whether it has the project.
SELECT (now() AT TIME ZONE t.time_zone)::date - date '1970-01-01',
       EXISTS (SELECT FROM intake.project AS p WHERE p.tenant_id = t.tenant_id AND p.code = $2::text)
  FROM dispatch.tenant AS t
 WHERE t.tenant_id = $1::text
