-- What is known of cases that are locked: whoever changes it holds that lock.
SELECT complaint_id, tenant_id, number, project_code, building, home_key, complainant_key, category_code, severity::int4,
       complexity::int4, received_at, registered_at, coalesce(amount_fen, 0)
  FROM @schema@.case_file
 WHERE complaint_id = ANY ($1::uuid[])
