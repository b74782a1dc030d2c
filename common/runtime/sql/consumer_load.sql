-- Offsets of the partitions just assigned; those without a row are not returned.
SELECT c.topic, c.partition, c.next_offset, c.seen_epoch, c.seen_batch, c.seen_ord, c.attempts
  FROM unnest($1::text[], $2::int4[]) AS n (topic, partition)
  JOIN @schema@.consumer AS c USING (topic, partition)
