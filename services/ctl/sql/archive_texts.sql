-- Every text of a complaint that is still kept, with the event that has its digest.
SELECT 1::int8 AS version, t.field, t.content
  FROM intake.complaint_text_view AS v, LATERAL (VALUES ('description', v.description), ('demand', v.demand)) AS t (field, content)
 WHERE v.complaint_id = $1::uuid
UNION ALL
SELECT version, field, content
  FROM dispatch.case_text
 WHERE complaint_id = $1::uuid
