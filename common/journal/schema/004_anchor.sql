-- What vouches for the journal from outside: anchors, and who was shown what of it in clear.

-- One row per tenant and anchoring; the newest says where the next begins. The same lines leave on redress.anchors.v1
-- and into files: this table is where they are made, not where they are believed.
CREATE TABLE @schema@.anchor (
    tenant_id      text        NOT NULL,
    number         bigint      NOT NULL CHECK (number > 0),
    at             timestamptz NOT NULL,
    batch          bigint      NOT NULL,       -- the newest entry that it speaks of, whoever's
    ord            int         NOT NULL,
    all_complaints bigint      NOT NULL,
    complete       boolean     NOT NULL,       -- false: there was more, the next one follows at once
    statement      text        NOT NULL,
    signature      bytea       NOT NULL CHECK (octet_length(signature) = 64),
    PRIMARY KEY (tenant_id, number)
);
CREATE INDEX anchor_newest ON @schema@.anchor (batch, ord);

-- Texts about people that left in an archive package (R46, R49).
CREATE TABLE @schema@.disclosure (
    at           timestamptz NOT NULL DEFAULT now(),
    complaint_id uuid        NOT NULL,
    tenant_id    text        NOT NULL,
    who          text        NOT NULL CHECK (who <> ''),
    db_user      text        NOT NULL DEFAULT session_user,
    why          text        NOT NULL CHECK (why <> ''),
    manifest     bytea       NOT NULL          -- SHA-256 of the package's manifest
);
CREATE INDEX disclosure_of ON @schema@.disclosure (complaint_id);

CREATE TRIGGER anchor_is_append_only BEFORE UPDATE OR DELETE ON @schema@.anchor
    FOR EACH ROW EXECUTE FUNCTION @schema@.refuse_change();
CREATE TRIGGER anchor_is_never_truncated BEFORE TRUNCATE ON @schema@.anchor
    FOR EACH STATEMENT EXECUTE FUNCTION @schema@.refuse_change();
CREATE TRIGGER disclosure_is_append_only BEFORE UPDATE OR DELETE ON @schema@.disclosure
    FOR EACH ROW EXECUTE FUNCTION @schema@.refuse_change();
CREATE TRIGGER disclosure_is_never_truncated BEFORE TRUNCATE ON @schema@.disclosure
    FOR EACH STATEMENT EXECUTE FUNCTION @schema@.refuse_change();

-- Dispatch makes the daily anchors: from hashes, without a look at what was written.
GRANT SELECT, INSERT ON @schema@.anchor TO redress_dispatch;
GRANT SELECT (batch, ord, tenant_id, aggregate_version, hash) ON @schema@.entry TO redress_dispatch;
