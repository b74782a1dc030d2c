-- A page, newest first: ids are made from the time, so their index gives the order and the place to go on from ($8).
SELECT c.id, c.tenant_id, c.number, c.project_code, p.name AS project_name,
       coalesce(d.category_code, c.category_code) AS category_code, coalesce(d.category_name, given.name) AS category_name,
       d.severity, d.department_code, d.department_name, d.assignee_id, s.name AS assignee_name,
       coalesce(d.status, 'registered') AS status, c.received_at, c.registered_at, d.assigned_at, c.channel::int4,
       c.source, c.source_event_id, c.likely_duplicate_of IS NOT NULL AS likely_duplicate, d.complexity,
       d.category_source, d.category_confidence::int4, d.waiting_for, d.level, d.since_at
  FROM intake.complaint_view AS c
  LEFT JOIN intake.project AS p ON p.tenant_id = c.tenant_id AND p.code = c.project_code
  LEFT JOIN dispatch.case_view AS d ON d.complaint_id = c.id
  LEFT JOIN dispatch.category AS given ON given.tenant_id = c.tenant_id AND given.code = c.category_code
  LEFT JOIN dispatch.staff AS s ON s.tenant_id = d.tenant_id AND s.staff_id = d.assignee_id
 WHERE c.id < $8::uuid AND c.id >= $7::uuid
   AND c.registered_at >= $6::timestamptz
   AND ($1::text = '' OR c.tenant_id = $1::text)
   AND ($2::text = '' OR c.project_code = $2::text)
   AND ($3::text = '' OR d.department_code = $3::text)
   AND ($4::text = '' OR coalesce(d.status, 'registered') = $4::text)
   AND ($5::text = '' OR coalesce(d.category_code, c.category_code) = $5::text
        OR starts_with(coalesce(d.category_code, c.category_code), $5::text || '.'))
   AND ($10::text = '' OR d.assignee_id = $10::text)
   AND (NOT $11::bool OR d.waiting_for <> '')
 ORDER BY c.id DESC
 LIMIT $9::int8
