-- New epoch, first step: numbers start past everything that was drawn, settled or published. Sequences do not roll
-- back; a number line that was moved in vain only has a hole.
SELECT setval('journal.batch_seq', GREATEST(s.last_value, c.batch, $1::int8))
  FROM journal.batch_seq AS s, journal.cursor AS c
