-- The next page of cases in the order of their ids, and those of it that somebody has who may not (R12). A page rather than
-- an index on who has what: the look is rare, and an index would be paid for with every case.
WITH page AS MATERIALIZED (
    SELECT complaint_id, tenant_id, assignee_id, assignee_role, status
      FROM @schema@.case_state
     WHERE complaint_id > $1::uuid
     ORDER BY complaint_id
     LIMIT $2::int8
)
SELECT p.complaint_id, p.tenant_id,
       p.status NOT IN (14, 15, 16, 17, 20)                 -- over: lifecycle.h
       AND (t.staff_id IS NULL OR (NOT t.trained AND p.assignee_role = 1)) AS unfit
  FROM page AS p
  LEFT JOIN @schema@.staff AS t ON t.tenant_id = p.tenant_id AND t.staff_id = p.assignee_id
 ORDER BY p.complaint_id
