-- A transaction id that is above those of all who have drawn a number so far (gap.h).
SELECT pg_current_xact_id()::text::int8
