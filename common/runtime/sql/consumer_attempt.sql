-- Counts an attempt before it is made, in a transaction of its own: what crashes the process is found by this count.
UPDATE @schema@.consumer AS c
   SET attempts = c.attempts + 1
  FROM unnest($1::text[], $2::int4[], $3::int8[]) AS n (topic, partition, expected)
 WHERE c.topic = n.topic AND c.partition = n.partition AND c.next_offset = n.expected
RETURNING c.topic, c.partition, c.attempts
