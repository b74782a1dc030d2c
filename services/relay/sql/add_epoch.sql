-- New epoch, second step: which numbers belong to it.
INSERT INTO journal.epoch (epoch, first_batch) SELECT $1::text, last_value + 1 FROM journal.batch_seq
