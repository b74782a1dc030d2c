-- Compare-and-set of the offsets: fencing, gap detection and de-duplication in one. A row that does not match belongs to
-- another instance now; fewer rows than asked for means roll back.
UPDATE @schema@.consumer AS c
   SET next_offset = n.next, seen_epoch = n.epoch, seen_batch = n.batch, seen_ord = n.ord, attempts = 0, moved_at = now()
  FROM unnest($1::text[], $2::int4[], $3::int8[], $4::int8[], $5::text[], $6::int8[], $7::int4[])
       AS n (topic, partition, expected, next, epoch, batch, ord)
 WHERE c.topic = n.topic AND c.partition = n.partition AND c.next_offset = n.expected
RETURNING now()
