-- Whose a complaint is, and where its case stands; no status where it has not come to dispatch yet.
SELECT c.tenant_id, c.number, d.status, d.version
  FROM intake.complaint_view AS c
  LEFT JOIN dispatch.case_view AS d ON d.complaint_id = c.id
 WHERE c.id = $1::uuid
