-- Access tokens of gateways, one for all instances: a provider takes back the old one when a new one is asked for.
CREATE TABLE @schema@.token (
    tenant_id  text NOT NULL,
    gateway    text NOT NULL,
    sealed     bytea NOT NULL,                -- with the tenant's key, context "token:<gateway>"
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, gateway)
);

GRANT SELECT, INSERT, UPDATE ON @schema@.token TO redress_notification;
