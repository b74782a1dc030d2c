-- The hash of each chain's newest entry, as dispatch keeps it with the case.
SELECT complaint_id AS id, version, head FROM dispatch.case_state WHERE complaint_id = ANY ($1::uuid[])
