-- All epochs in the order they were opened.
SELECT epoch, first_batch FROM journal.epoch ORDER BY first_batch
