-- Raised by `redressctl tenant apply`; asked before each batch.
SELECT revision FROM @schema@.tenant_revision
