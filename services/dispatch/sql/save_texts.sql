INSERT INTO @schema@.case_text (complaint_id, version, field, content)
SELECT * FROM unnest($1::uuid[], $2::int8[], $3::text[], $4::text[])
