-- One writer of tenants at a time; both daemons read the revision to see that there is something new.
SELECT i.revision FROM intake.tenant_revision AS i, dispatch.tenant_revision AS d FOR UPDATE
