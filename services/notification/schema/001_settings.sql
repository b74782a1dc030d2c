-- What a tenant decides about telling people, as its file says it (docs/notifications.md). Written by `redressctl notify
-- apply`, read by the daemon, which knows the standard that it stands on.
CREATE TABLE @schema@.settings (
    tenant_id  text PRIMARY KEY,
    content    text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE @schema@.settings_revision (one boolean PRIMARY KEY DEFAULT true CHECK (one), revision bigint NOT NULL);
INSERT INTO @schema@.settings_revision (revision) VALUES (0);

GRANT SELECT ON @schema@.settings, @schema@.settings_revision TO redress_notification;
