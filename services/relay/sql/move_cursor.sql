-- Everything up to here is in Kafka. Never backwards, and never for an epoch that is not ours any more.
UPDATE journal.cursor SET batch = $1::int8, ord = $2::int4, moved_at = now()
 WHERE epoch = $3::text AND (batch, ord) <= ($1::int8, $2::int4)
