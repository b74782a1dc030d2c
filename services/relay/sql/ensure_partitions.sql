-- Partitions for the numbers to come; a missing one would stop every writer.
SELECT journal.ensure_partitions($1::int4)
