-- Once per tenant and instance; there already: nothing to do.
WITH made AS (
    INSERT INTO @schema@.canary (complaint_id, tenant_id, instance) VALUES ($1::uuid, $2::text, $3::text)
        ON CONFLICT (tenant_id, instance) DO NOTHING
    RETURNING complaint_id
)
INSERT INTO @schema@.clock (complaint_id, policy_code, name, cycle, policy_version, state, start_event, provisional,
       fired, started_at, next_at, points, percents)
SELECT complaint_id, '', 'canary', 1, 0, 1, 0, false, 0, now(), $4::timestamptz, ARRAY[$4::timestamptz], '{100}'
  FROM made
