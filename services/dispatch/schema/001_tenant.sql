-- What dispatch must know of a tenant to classify and assign. Written by `redressctl tenant apply`, read by dispatch.
CREATE TABLE @schema@.tenant (
    tenant_id            text PRIMARY KEY,
    name                 text NOT NULL,
    time_zone            text NOT NULL,              -- whose day an absence is counted in
    duty_staff_id        text NOT NULL,              -- the duty role: never nobody (R35)
    major_categories     text[] NOT NULL,            -- R9, R13
    major_words          text[] NOT NULL,
    not_major_words      text[] NOT NULL,
    complex_departments  text[] NOT NULL,            -- R9: engineering
    complex_amount_fen   bigint NOT NULL,            -- R34; 0: no such rule
    by_hand_below        int NOT NULL CHECK (by_hand_below BETWEEN 0 AND 100)
);

CREATE TABLE @schema@.department (
    tenant_id     text NOT NULL REFERENCES @schema@.tenant,
    code          text NOT NULL,
    name          text NOT NULL,
    head_staff_id text NOT NULL,
    PRIMARY KEY (tenant_id, code)
);

CREATE TABLE @schema@.staff (
    tenant_id       text NOT NULL REFERENCES @schema@.tenant,
    staff_id        text NOT NULL,
    name            text NOT NULL,
    department_code text NOT NULL,
    projects        text[] NOT NULL,                 -- empty: all
    trained         boolean NOT NULL,                -- R12
    on_duty         boolean NOT NULL,
    absent          datemultirange NOT NULL,
    phone_key       text NOT NULL,                   -- keyed hash of the phone as intake makes it; "" for none (R12)
    phone_sealed    bytea,                           -- context "staff:<tenant>:<staff>"
    PRIMARY KEY (tenant_id, staff_id),
    FOREIGN KEY (tenant_id, department_code) REFERENCES @schema@.department (tenant_id, code)
);

CREATE TABLE @schema@.category (
    tenant_id       text NOT NULL REFERENCES @schema@.tenant,
    code            text NOT NULL,
    parent          text NOT NULL,                   -- "" for the roots
    name            text NOT NULL,
    department_code text NOT NULL,                   -- its own or its parent's (R10)
    complex         boolean NOT NULL,                -- its own or its parent's (R9)
    ordinal         int NOT NULL,                    -- order in the file: the earlier wins a tie
    strong          text[] NOT NULL,
    weak            text[] NOT NULL,
    against         text[] NOT NULL,
    PRIMARY KEY (tenant_id, code)
);

CREATE TABLE @schema@.tenant_revision (one boolean PRIMARY KEY DEFAULT true CHECK (one), revision bigint NOT NULL);
INSERT INTO @schema@.tenant_revision (revision) VALUES (0);

GRANT SELECT ON @schema@.tenant, @schema@.department, @schema@.staff, @schema@.category, @schema@.tenant_revision
   TO redress_dispatch;
