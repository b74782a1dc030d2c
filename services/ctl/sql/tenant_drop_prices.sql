-- Nothing refers to a price: a quote keeps its own copy of what it was made with.
DELETE FROM dispatch.price AS p
 WHERE p.tenant_id = $1::text
   AND NOT EXISTS (SELECT FROM unnest($2::text[], $3::text[], $4::int4[]) AS n (project_code, item, day)
                    WHERE n.project_code = p.project_code AND n.item = p.item
                      AND date '1970-01-01' + n.day = p.effective_from)
