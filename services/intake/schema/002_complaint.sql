-- A complaint as it was registered. Rows are written once; what changes later lives with dispatch.

-- now() in an unknown zone fails: such a zone must not get in.
ALTER TABLE @schema@.tenant
    ADD CONSTRAINT tenant_time_zone_is_known CHECK (timezone(time_zone, '2000-01-01 00:00:00+00'::timestamptz) IS NOT NULL);

-- The sender's reference (R7). A row is claimed before anything else happens, so that of two instances only one goes on,
-- and a number is drawn for what is new only. The column that differs most stands first in the key and all compare by
-- bytes: a third less time per row.
CREATE TABLE @schema@.submission_key (
    tenant_id       text COLLATE "C" NOT NULL,
    source          text COLLATE "C" NOT NULL,
    source_event_id text COLLATE "C" NOT NULL,
    content_key     text NOT NULL,          -- keyed digest: the same content or another under this reference
    complaint_id    uuid NOT NULL,
    PRIMARY KEY (source_event_id, source, tenant_id)
);

-- Facts of a registration, none of them personal.
CREATE TABLE @schema@.complaint (
    id                  uuid PRIMARY KEY,
    tenant_id           text     NOT NULL,
    number              text     NOT NULL,
    source              text     NOT NULL,
    source_event_id     text     NOT NULL,
    channel             smallint NOT NULL,  -- redress.v1.Channel
    project_code        text     NOT NULL,
    building            text     NOT NULL,
    received_at         timestamptz NOT NULL,
    registered_at       timestamptz NOT NULL,
    occurred_at         timestamptz,
    category_code       text     NOT NULL,  -- as the sender gave it; '' for none
    complainant_key     text     NOT NULL,  -- keyed hash of the phone; '' without one
    home_key            text     NOT NULL,  -- keyed hash of project, building, unit; '' without a unit
    matter              bigint,             -- keyed hash of complainant, project, home, category; NULL without a phone
    likely_duplicate_of uuid,
    amount_fen          bigint,
    clear               smallint NOT NULL,  -- R6: 1 heard, 2 asked, 4 repeated, 8 recorded
    evidence_count      smallint NOT NULL,
    submitted_by        text     NOT NULL,
    journal_head        bytea    NOT NULL,  -- hash of the chain's entry 1 (R49); dispatch continues it
    UNIQUE (tenant_id, number)
);
-- Likely duplicates: the same matter within the tenant's window.
CREATE INDEX complaint_matter ON @schema@.complaint (matter, received_at) WHERE matter IS NOT NULL;

-- Texts, contact and call: wide, read seldom, erased when the time comes (R47).
CREATE TABLE @schema@.complaint_detail (
    complaint_id       uuid PRIMARY KEY,
    tenant_id          text     NOT NULL,
    description        text     NOT NULL,
    goods_or_service   text     NOT NULL,
    demand             text     NOT NULL,
    contact            bytea    NOT NULL,   -- sealed with the tenant's key, context "contact:<complaint id>"
    phone_masked       text     NOT NULL,
    complainant_kind   smallint NOT NULL,   -- redress.v1.ComplainantKind
    identity_verified  boolean  NOT NULL,
    preferred_channel  smallint NOT NULL,   -- redress.v1.ContactChannel
    call_id            text,                -- NULL: no call (R5)
    call_agent_id      text,
    call_started_at    timestamptz,
    call_duration_s    int,
    call_recording_uri text
);

CREATE TABLE @schema@.evidence (
    complaint_id uuid     NOT NULL,
    ord          smallint NOT NULL,
    uri          text     NOT NULL,
    media_type   text     NOT NULL,
    sha256       bytea,
    size         bigint   NOT NULL,
    PRIMARY KEY (complaint_id, ord)
);

-- Numbers given per series (R3): one row is changed once a batch.
CREATE TABLE @schema@.number_series (
    tenant_id text   NOT NULL,
    series    text   NOT NULL,
    next      bigint NOT NULL,
    PRIMARY KEY (tenant_id, series)
) WITH (fillfactor = 70);

-- What others may see. Dispatch reads texts to classify them (R10); redressctl shows a complaint without its texts.
CREATE VIEW @schema@.complaint_text_view AS
    SELECT complaint_id, tenant_id, description, goods_or_service, demand FROM @schema@.complaint_detail;
CREATE VIEW @schema@.complaint_view AS
    SELECT c.id, c.tenant_id, c.number, c.source, c.source_event_id, c.channel, c.project_code, c.building,
           c.received_at, c.registered_at, c.occurred_at, c.category_code, c.likely_duplicate_of, c.amount_fen, c.clear,
           c.evidence_count, c.submitted_by, c.journal_head, d.phone_masked, d.complainant_kind, d.identity_verified,
           d.preferred_channel
      FROM @schema@.complaint AS c LEFT JOIN @schema@.complaint_detail AS d ON d.complaint_id = c.id;

GRANT USAGE ON SCHEMA @schema@ TO redress_dispatch;
GRANT SELECT ON @schema@.complaint_text_view TO redress_dispatch;
GRANT SELECT, INSERT ON @schema@.submission_key, @schema@.complaint TO redress_intake;
GRANT INSERT ON @schema@.complaint_detail, @schema@.evidence TO redress_intake;
GRANT SELECT, INSERT, UPDATE ON @schema@.number_series TO redress_intake;
