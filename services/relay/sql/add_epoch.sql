-- New epoch, second step: which numbers belong to it. To the first one belongs whatever there is.
INSERT INTO journal.epoch (epoch, first_batch)
SELECT $1::text, CASE WHEN EXISTS (SELECT FROM journal.epoch) THEN last_value + 1 ELSE 0 END FROM journal.batch_seq
    ON CONFLICT (epoch) DO NOTHING
