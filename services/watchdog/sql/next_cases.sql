-- The next cases of a tenant in which a clock runs or waits, locked in the order of all who lock cases.
SELECT s.complaint_id, s.tenant_id, s.number, s.project_code, s.version, s.category_code, s.severity, s.complexity,
       s.ended, s.received_at, s.registered_at, s.pauses, s.between_since, s.between_us, s.bounces
  FROM @schema@.case_state AS s
 WHERE s.complaint_id > $2::uuid
   AND s.tenant_id = $1::text
   AND EXISTS (SELECT FROM @schema@.clock AS c
                WHERE c.complaint_id = s.complaint_id AND c.state IN (1, 2)
                  AND ($3::text = '' OR c.policy_code = $3::text))
 ORDER BY s.complaint_id
 LIMIT $4::int8
   FOR UPDATE OF s
