-- Messages that have not ended and may have been told before, the oldest first: by their id, or about the same complaint.
SELECT s.id, s.seq
  FROM @schema@.told_before AS t JOIN @schema@.message_state AS s ON s.id = t.id
 WHERE t.claimed_by IS NULL AND s.state::int IN (1, 2, 3, 7)
 UNION
SELECT s.id, s.seq
  FROM @schema@.told_before AS t
  JOIN @schema@.message AS m ON m.complaint_id = t.complaint_id
  JOIN @schema@.message_state AS s ON s.id = m.id
 WHERE t.claimed_by IS NULL AND s.state::int IN (1, 2, 3, 7)
 ORDER BY seq
