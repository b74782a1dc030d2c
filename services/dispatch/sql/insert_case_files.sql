-- One row per new case: what is known and was found out about it.
INSERT INTO @schema@.case_file (complaint_id, tenant_id, number, project_code, building, source, channel,
       complainant_kind, complainant_key, home_key, received_at, registered_at, amount_fen, likely_duplicate_of,
       category_code, category_source, category_confidence, severity, complexity)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int2[],
                     $8::int2[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::int8[], $14::text[],
                     $15::text[], $16::int2[], $17::int2[], $18::int2[], $19::int2[])
