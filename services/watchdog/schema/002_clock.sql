-- What the watchdog must know of a complaint to run its clocks.
CREATE TABLE @schema@.case_state (
    complaint_id    uuid PRIMARY KEY,
    tenant_id       text NOT NULL,
    number          text NOT NULL,
    project_code    text NOT NULL,
    version         bigint NOT NULL,        -- of the newest event
    category_code   text NOT NULL,          -- "" while it is not known
    severity        smallint NOT NULL,      -- redress.v1.Severity
    complexity      smallint NOT NULL,      -- redress.v1.Complexity
    ended           boolean NOT NULL,
    received_at     timestamptz NOT NULL,
    registered_at   timestamptz NOT NULL,
    pauses          bytea NOT NULL,         -- from, to (us since 1970), reason: 20 bytes each, big-endian
    between_since   timestamptz,            -- the bounce clock: between departments since then; NULL: somebody has it
    between_us      bigint NOT NULL,        -- before that
    bounces         int NOT NULL            -- how often it was passed on
) WITH (fillfactor = 70);

-- A promise to a complaint in one of its runs. `points` are the instants of its warnings and ladder steps in order,
-- worked out ahead: firing one moves `fired` and `next_at` on and needs nothing else.
CREATE TABLE @schema@.clock (
    complaint_id   uuid NOT NULL,
    policy_code    text NOT NULL,           -- '' for a canary
    name           text NOT NULL,
    cycle          int NOT NULL CHECK (cycle > 0),
    policy_version int NOT NULL,
    state          smallint NOT NULL,       -- clockwork.h
    start_event    smallint NOT NULL,       -- policy.h
    provisional    boolean NOT NULL,
    fired          smallint NOT NULL,       -- points that were told, or may not be told any more
    told_before    smallint NOT NULL DEFAULT 0,     -- `fired` before the newest firing
    started_at     timestamptz NOT NULL,
    due_at         timestamptz,             -- NULL while a pause keeps it from being due
    next_at        timestamptz,             -- points[fired + 1] of a running clock
    agreed_at      timestamptz,             -- a limit that was agreed with the complainant
    ended_at       timestamptz,
    points         timestamptz[] NOT NULL,
    percents       smallint[] NOT NULL,
    PRIMARY KEY (complaint_id, policy_code, name, cycle)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

-- What is due, by when: only what is armed is in it.
CREATE INDEX clock_next ON @schema@.clock (next_at) WHERE next_at IS NOT NULL;

-- A clock per tenant and instance that fires each minute, through the same index and statement as all the others: if it
-- comes late, the others do.
CREATE TABLE @schema@.canary (
    complaint_id uuid PRIMARY KEY,          -- of its row in clock; no complaint has it
    tenant_id    text NOT NULL,
    instance     text NOT NULL,
    UNIQUE (tenant_id, instance)
);

-- For the other daemons and redressctl; no personal data.
CREATE VIEW @schema@.clock_view AS
SELECT s.complaint_id, s.tenant_id, s.number, s.project_code, c.policy_code, c.policy_version, c.name, c.cycle,
       CASE c.state WHEN 1 THEN 'running' WHEN 2 THEN 'paused' WHEN 3 THEN 'met' WHEN 4 THEN 'skipped'
                    WHEN 5 THEN 'case_ended' WHEN 6 THEN 'restarted' WHEN 7 THEN 'not_promised' END AS state,
       c.started_at, c.due_at, c.provisional, c.next_at, c.ended_at, c.points, c.percents, c.fired,
       c.fired > 0 AND c.percents[c.fired] >= 100 AS breached
  FROM @schema@.clock c
  JOIN @schema@.case_state s ON s.complaint_id = c.complaint_id;

GRANT SELECT, INSERT, UPDATE ON @schema@.case_state, @schema@.clock TO redress_watchdog;
GRANT SELECT, INSERT ON @schema@.canary TO redress_watchdog;
GRANT USAGE ON SCHEMA @schema@ TO redress_dispatch, redress_notification, redress_analytics;
GRANT SELECT ON @schema@.clock_view TO redress_dispatch, redress_notification, redress_analytics;
