-- Of these attempts, the places (from 0) of those that were committed: the answer to the COMMIT was lost, and no call was made yet.
SELECT n.ord::int - 1 AS i FROM unnest($1::uuid[], $2::int[]) WITH ORDINALITY AS n (id, attempt, ord)
  JOIN @schema@.message_state AS s ON s.id = n.id AND s.state = 3 AND s.attempts = n.attempt
