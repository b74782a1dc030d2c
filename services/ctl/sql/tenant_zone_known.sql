-- PostgreSQL itself also takes "Nowhere+8" as a zone.
SELECT EXISTS (SELECT FROM pg_catalog.pg_timezone_names WHERE name = $1::text)
