-- A database that was never migrated has no table of migrations.
SELECT pg_catalog.to_regclass('redress.migration') IS NOT NULL
