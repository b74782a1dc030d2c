INSERT INTO @schema@.case_state AS s (complaint_id, tenant_id, number, project_code, version, category_code, severity,
       complexity, ended, received_at, registered_at, pauses, between_since, between_us, bounces)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int8[], $6::text[], $7::int2[], $8::int2[],
                     $9::bool[], $10::timestamptz[], $11::timestamptz[], $12::bytea[], $13::timestamptz[], $14::int8[],
                     $15::int4[])
    ON CONFLICT (complaint_id) DO UPDATE
   SET version = excluded.version, category_code = excluded.category_code, severity = excluded.severity,
       complexity = excluded.complexity, ended = excluded.ended, pauses = excluded.pauses,
       between_since = excluded.between_since, between_us = excluded.between_us, bounces = excluded.bounces
