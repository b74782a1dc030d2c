-- New epoch, last step: from the commit on writers may append (journal_check_epoch).
UPDATE journal.cursor SET epoch = $1::text, moved_at = now() WHERE epoch <> $1::text
