INSERT INTO @schema@.case_seen AS s (complaint_id, version)
SELECT * FROM unnest($1::uuid[], $2::bigint[])
    ON CONFLICT (complaint_id) DO UPDATE SET version = excluded.version
