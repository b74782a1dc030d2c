-- The hash of each chain's first entry, as intake keeps it with the complaint.
SELECT id, 1::int8 AS version, journal_head FROM intake.complaint WHERE id = ANY ($1::uuid[])
