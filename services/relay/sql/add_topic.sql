-- Remembers a topic's number of partitions at the first publication; the oldest answer counts.
WITH new AS (
    INSERT INTO journal.topic (topic, partitions) VALUES ($1::text, $2::int4) ON CONFLICT (topic) DO NOTHING
    RETURNING partitions
)
SELECT partitions FROM new
 UNION ALL
SELECT partitions FROM journal.topic WHERE topic = $1::text
 LIMIT 1
