-- What was written with one event of a case.
SELECT field, content FROM dispatch.case_text_view WHERE complaint_id = $1::uuid AND version = $2::bigint
