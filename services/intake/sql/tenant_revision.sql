-- Asked before each batch: has a tenant changed since the tables were read?
SELECT revision FROM @schema@.tenant_revision
