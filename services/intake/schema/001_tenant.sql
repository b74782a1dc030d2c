-- What intake must know of a tenant to take its complaints. Written by `redressctl tenant apply`, read by intake.
CREATE TABLE @schema@.tenant (
    tenant_id             text PRIMARY KEY CHECK (tenant_id ~ '^[a-z0-9][a-z0-9-]{0,31}$'),
    name                  text NOT NULL,
    time_zone             text NOT NULL,            -- IANA; the day in a complaint number is this zone's
    number_format         text NOT NULL,            -- "{project}-{yyyymmdd}-{seq:05}"
    duplicate_window_days int  NOT NULL CHECK (duplicate_window_days BETWEEN 0 AND 365),   -- R7
    data_key              bytea NOT NULL            -- wrapped by the master key, context "tenant:<tenant_id>"
);

CREATE TABLE @schema@.project (
    tenant_id text NOT NULL REFERENCES @schema@.tenant,
    code      text NOT NULL CHECK (code ~ '^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$'),
    name      text NOT NULL,
    PRIMARY KEY (tenant_id, code)
);

-- A project without buildings takes any building.
CREATE TABLE @schema@.building (
    tenant_id       text NOT NULL,
    project_code    text NOT NULL,
    code            text NOT NULL,
    name            text NOT NULL,
    floors          int  NOT NULL,
    units_per_floor int  NOT NULL,
    PRIMARY KEY (tenant_id, project_code, code),
    FOREIGN KEY (tenant_id, project_code) REFERENCES @schema@.project (tenant_id, code)
);

-- Raised by each change of the tables above, so that a daemon knows when to read them again.
CREATE TABLE @schema@.tenant_revision (one boolean PRIMARY KEY DEFAULT true CHECK (one), revision bigint NOT NULL);
INSERT INTO @schema@.tenant_revision (revision) VALUES (0);

GRANT SELECT ON @schema@.tenant, @schema@.project, @schema@.building, @schema@.tenant_revision TO redress_intake;
