-- Whether the relay has opened the number line of this system and timeline, and which that is.
SELECT epoch = journal.current_epoch(), epoch FROM journal.cursor
