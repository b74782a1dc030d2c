INSERT INTO @schema@.case_seen AS s (complaint_id, version, happened)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[])
    ON CONFLICT (complaint_id) DO UPDATE SET version = excluded.version, happened = excluded.happened
