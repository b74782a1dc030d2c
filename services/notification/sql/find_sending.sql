-- Of these attempts, those that were committed: the answer to the COMMIT was lost, and no call was made yet.
SELECT s.id FROM unnest($1::uuid[], $2::int[]) AS n (id, attempt)
  JOIN @schema@.message_state AS s ON s.id = n.id AND s.state = 3 AND s.attempts = n.attempt
