-- A partition read for the first time. Another instance may have been quicker.
INSERT INTO @schema@.consumer (topic, partition, next_offset)
VALUES ($1::text, $2::int4, $3::int8)
ON CONFLICT DO NOTHING
