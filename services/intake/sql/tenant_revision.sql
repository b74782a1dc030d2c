-- Asked before each batch: has a tenant changed since the tables were read? And PostgreSQL's time, which the records are
-- checked by: what was learnt with an earlier batch is wrong after a machine slept or a clock was set.
SELECT revision, now() FROM @schema@.tenant_revision
