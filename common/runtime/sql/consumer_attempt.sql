-- Says before an attempt that it has begun, in a transaction of its own, and afterwards that it has ended: what crashes the
-- process is found by what stays. Set and not added to, so that an answer that was lost does no harm.
UPDATE @schema@.consumer AS c
   SET attempts = n.attempts
  FROM unnest($1::text[], $2::int4[], $3::int8[], $4::int4[]) AS n (topic, partition, expected, attempts)
 WHERE c.topic = n.topic AND c.partition = n.partition AND c.next_offset = n.expected
