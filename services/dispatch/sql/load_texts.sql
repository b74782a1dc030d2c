-- The texts of the batch's complaints, which no event carries (R46): intake publishes them to dispatch alone.
SELECT complaint_id, description, goods_or_service, demand
  FROM intake.complaint_text_view
 WHERE complaint_id = ANY ($1::uuid[])
