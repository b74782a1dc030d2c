INSERT INTO @schema@.epoch_read (epoch) SELECT epoch FROM journal.epoch_view ON CONFLICT DO NOTHING
