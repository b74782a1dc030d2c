-- Where the relay stands, and what there is: the epoch of now and the newest batch number that was drawn.
SELECT c.batch, c.ord, c.epoch, journal.current_epoch() AS now_epoch, s.last_value
  FROM journal.cursor AS c, journal.batch_seq AS s
