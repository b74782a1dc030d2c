-- Whether what was told before this epoch has been read; if not, since when it must be (NULL: nothing was written before);
-- and whether there is anything left that a message may be known by.
SELECT EXISTS (SELECT FROM @schema@.epoch_read WHERE epoch = $1::text),
       (SELECT min(v.before_at) FROM journal.epoch_view AS v
         WHERE NOT EXISTS (SELECT FROM @schema@.epoch_read AS r WHERE r.epoch = v.epoch)),
       EXISTS (SELECT FROM @schema@.told_before WHERE claimed_by IS NULL AND state IN (4, 5, 7))
