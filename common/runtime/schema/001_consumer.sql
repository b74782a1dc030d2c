-- What every consuming daemon's schema has: how far it is, and what it had to set aside.
CREATE SCHEMA IF NOT EXISTS @schema@;
GRANT USAGE ON SCHEMA @schema@ TO redress_@schema@;

-- The offset moves in the transaction that does what the records ask for. `seen` is the newest journal position applied
-- from this partition. `attempts` counts processing that began at next_offset and did not end: a crash leaves it behind.
CREATE TABLE @schema@.consumer (
    topic       text   NOT NULL,
    partition   int    NOT NULL,
    next_offset bigint NOT NULL,
    seen_epoch  text   NOT NULL DEFAULT '',
    seen_batch  bigint NOT NULL DEFAULT 0,
    seen_ord    int    NOT NULL DEFAULT 0,
    attempts    int    NOT NULL DEFAULT 0,
    moved_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 20);

-- Records that can never be processed. The bytes may hold personal data: they are sealed, or left out without a key.
CREATE TABLE @schema@.dead_letter (
    id              uuid PRIMARY KEY,
    at              timestamptz NOT NULL,
    topic           text   NOT NULL,
    partition       int    NOT NULL,
    record_offset   bigint NOT NULL,
    reason          text   NOT NULL,
    message         text   NOT NULL,
    tenant_id       text   NOT NULL,
    source          text   NOT NULL,
    source_event_id text   NOT NULL,
    size            bigint NOT NULL,
    sha256          bytea  NOT NULL,
    sealed          bytea,                      -- key, headers and value; context "dead-letter:<id>"; NULL: not kept
    retried_at      timestamptz
);
CREATE INDEX dead_letter_at ON @schema@.dead_letter (at);

GRANT SELECT, INSERT, UPDATE ON @schema@.consumer TO redress_@schema@;
GRANT SELECT, INSERT ON @schema@.dead_letter TO redress_@schema@;
