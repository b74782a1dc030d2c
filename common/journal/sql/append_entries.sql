-- Appends a batch. The number is drawn only after the transaction owns an id: the CASE makes nextval wait for
-- pg_current_xact_id(). A reader who sees a missing number can then tell a running writer from an aborted one.
WITH b AS MATERIALIZED (
    SELECT CASE WHEN x.id IS NOT NULL THEN nextval('journal.batch_seq') END AS batch
      FROM (SELECT pg_current_xact_id() AS id OFFSET 0) AS x
), e AS (
    INSERT INTO journal.entry (batch, ord, topic, key, event_id, tenant_id, aggregate_id, aggregate_version, type,
                               headers, payload, prev_hash, hash, recorded_at)
    SELECT b.batch, n.ord::int, n.topic, n.key, n.event_id, n.tenant_id, n.aggregate_id, n.aggregate_version, n.type,
           n.headers, n.payload, n.prev_hash, n.hash, $12::timestamptz
      FROM b, unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::uuid[], $6::int8[], $7::text[], $8::text[],
                     $9::bytea[], $10::bytea[], $11::bytea[])
              WITH ORDINALITY AS n (topic, key, event_id, tenant_id, aggregate_id, aggregate_version, type, headers,
                                    payload, prev_hash, hash, ord)
)
SELECT batch FROM b
