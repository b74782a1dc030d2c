-- Raised by `redressctl calendar apply` and `policy apply`; asked before each batch.
SELECT revision, now() FROM @schema@.revision
