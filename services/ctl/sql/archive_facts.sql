-- What a package says of the complaint beside its events.
SELECT c.tenant_id, c.number, coalesce(d.status, 'registered')
  FROM intake.complaint_view AS c
  LEFT JOIN dispatch.case_view AS d ON d.complaint_id = c.id
 WHERE c.id = $1::uuid
