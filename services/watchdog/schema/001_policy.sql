-- What is promised, as operators wrote it: texts, versioned, never changed once they are there. Written by
-- `redressctl calendar apply` and `redressctl policy apply`, read by the watchdog.
CREATE TABLE @schema@.tenant (
    tenant_id text PRIMARY KEY,
    time_zone text NOT NULL                 -- in which a policy's date of effect is counted
);

CREATE TABLE @schema@.calendar (
    tenant_id  text NOT NULL REFERENCES @schema@.tenant,
    name       text NOT NULL,               -- as policies call it
    version    int  NOT NULL CHECK (version > 0),       -- the highest one counts, for running clocks too
    content    text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, name, version)
);

CREATE TABLE @schema@.policy (
    tenant_id      text NOT NULL REFERENCES @schema@.tenant,
    code           text NOT NULL,
    version        int  NOT NULL CHECK (version > 0),
    effective_from date NOT NULL,           -- clocks that start from then on run by it (R22)
    content        text NOT NULL,
    applied_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, code, version)
);

-- Raised with each change; asked before each batch.
CREATE TABLE @schema@.revision (one boolean PRIMARY KEY DEFAULT true CHECK (one), revision bigint NOT NULL);
INSERT INTO @schema@.revision (revision) VALUES (0);

-- Running clocks that must be worked out again, in the order of their complaints: because a calendar changed, or because
-- the operator applied a new version of a policy to them.
CREATE TABLE @schema@.recompute (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id      text NOT NULL REFERENCES @schema@.tenant,
    policy_code    text NOT NULL,           -- '': all clocks, because of a calendar
    policy_version int  NOT NULL,
    reason         text NOT NULL,
    done_until     uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    asked_at       timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT ON @schema@.tenant, @schema@.calendar, @schema@.policy, @schema@.revision TO redress_watchdog;
GRANT SELECT, UPDATE, DELETE ON @schema@.recompute TO redress_watchdog;
