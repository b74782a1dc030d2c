-- How far behind: entries after the cursor (counted up to 100,000) and the age of the first of them.
SELECT count(*) AS entries,
       COALESCE((extract(epoch FROM now() - min(n.recorded_at)) * 1000)::int8, 0) AS age_ms
  FROM (SELECT recorded_at FROM journal.entry
         WHERE batch >= $1::int8 AND (batch, ord) > ($1::int8, $2::int4)
         ORDER BY batch, ord LIMIT 100000) AS n
