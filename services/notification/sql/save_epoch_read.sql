-- All of the journal, and this one.
INSERT INTO @schema@.epoch_read (epoch) SELECT epoch FROM journal.epoch_view UNION SELECT $1::text ON CONFLICT DO NOTHING
