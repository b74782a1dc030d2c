-- The data key is made once and kept.
INSERT INTO intake.tenant AS t (tenant_id, name, time_zone, number_format, duplicate_window_days, data_key)
VALUES ($1::text, $2::text, $3::text, $4::text, $5::int4, $6::bytea)
    ON CONFLICT (tenant_id) DO UPDATE
   SET name = excluded.name, time_zone = excluded.time_zone, number_format = excluded.number_format,
       duplicate_window_days = excluded.duplicate_window_days
 WHERE (t.name, t.time_zone, t.number_format, t.duplicate_window_days)
    <> (excluded.name, excluded.time_zone, excluded.number_format, excluded.duplicate_window_days)
