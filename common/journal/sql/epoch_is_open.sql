-- Whether the relay has opened the number line of this system and timeline.
SELECT epoch = journal.current_epoch() FROM journal.cursor
