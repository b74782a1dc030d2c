-- Topics that were published to, with the number of partitions that the order per key rests on.
SELECT topic, partitions FROM journal.topic ORDER BY topic
