-- Asked before each batch: has `redressctl notify apply` or `tenant apply` changed anything? And PostgreSQL's time.
SELECT (SELECT revision FROM @schema@.settings_revision), (SELECT revision FROM intake.tenant_revision_view), now()
