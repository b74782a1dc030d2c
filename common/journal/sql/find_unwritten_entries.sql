-- Of these positions, those that were never written here. What is older than all that is kept counts as written.
SELECT n.i
  FROM unnest($1::int[], $2::bigint[], $3::int[]) AS n (i, batch, ord)
 WHERE NOT EXISTS (SELECT FROM journal.position_view AS p WHERE p.batch = n.batch AND p.ord = n.ord)
   AND n.batch >= (SELECT p.batch FROM journal.position_view AS p ORDER BY p.batch LIMIT 1)
