-- The life of a case after its first assignment, and what a tenant decides about it.

-- ---- settings ----

ALTER TABLE @schema@.tenant
    ADD COLUMN management          text[] NOT NULL DEFAULT '{}',        -- staff: senior management (R35)
    ADD COLUMN bounces_max         int    NOT NULL DEFAULT 2,           -- refusals before customer service awards it (R10)
    ADD COLUMN reminders           int    NOT NULL DEFAULT 2,           -- before an unanswered case is closed (R28)
    ADD COLUMN reopen_days         int    NOT NULL DEFAULT 30,
    ADD COLUMN recurrence_days     int    NOT NULL DEFAULT 90,          -- same home, same category: it came again
    ADD COLUMN retain_years        int    NOT NULL DEFAULT 3,           -- R47
    ADD COLUMN backdate_hours      int    NOT NULL DEFAULT 72,          -- how long ago what is told now may have been done
    ADD COLUMN escalate_amount_fen bigint NOT NULL DEFAULT 1000000,     -- R34: more than 10,000 yuan; 0: no such rule
    ADD COLUMN paid_categories     text[] NOT NULL DEFAULT '{}';        -- R31: work for them is paid by default

ALTER TABLE @schema@.department ADD COLUMN deputies text[] NOT NULL DEFAULT '{}';      -- staff, in their order

-- What work costs (R31): for all projects or one, from a date on; the newest that is in effect holds.
CREATE TABLE @schema@.price (
    tenant_id      text   NOT NULL REFERENCES @schema@.tenant,
    project_code   text   NOT NULL,                     -- "" for all
    item           text   NOT NULL,
    effective_from date   NOT NULL,
    name           text   NOT NULL,
    unit           text   NOT NULL,
    unit_price_fen bigint NOT NULL CHECK (unit_price_fen >= 0),
    PRIMARY KEY (tenant_id, item, project_code, effective_from)
);

-- ---- cases ----

CREATE UNIQUE INDEX case_file_number ON @schema@.case_file (tenant_id, number);
-- A home's other cases: what is at stake in them (R34), and whether this one is the same again. The key is a keyed
-- digest, so it is no other tenant's.
CREATE INDEX case_file_home ON @schema@.case_file (home_key) WHERE home_key <> '';

ALTER TABLE @schema@.case_state
    ADD COLUMN since_at         timestamptz NOT NULL DEFAULT now(),     -- in this status
    ADD COLUMN facts            int    NOT NULL DEFAULT 0,              -- case.h
    ADD COLUMN level            int    NOT NULL DEFAULT 1,              -- redress.v1.EscalationLevel
    ADD COLUMN waiting          int    NOT NULL DEFAULT 0,              -- redress.v1.WaitReason; 0: it does not wait
    ADD COLUMN asked            int    NOT NULL DEFAULT 0,              -- bit per status in which the complainant was asked
    ADD COLUMN question         int    NOT NULL DEFAULT 0,              -- status in which an answer is missing; 0: none is
    ADD COLUMN recused          text[] NOT NULL DEFAULT '{}',           -- staff (R12)
    ADD COLUMN bounces          int    NOT NULL DEFAULT 0,
    ADD COLUMN plans            int    NOT NULL DEFAULT 0,
    ADD COLUMN plan_steps       int    NOT NULL DEFAULT 0,
    ADD COLUMN dissatisfied     int    NOT NULL DEFAULT 0,
    ADD COLUMN reminders        int    NOT NULL DEFAULT 0,
    ADD COLUMN reopened         int    NOT NULL DEFAULT 0,
    ADD COLUMN chases           int    NOT NULL DEFAULT 0,
    ADD COLUMN passed_on        int    NOT NULL DEFAULT 0,
    ADD COLUMN plan_deadline_at timestamptz,
    ADD COLUMN closed_at        timestamptz,
    ADD COLUMN reopen_until_at  timestamptz,
    ADD COLUMN retain_until_at  timestamptz,
    ADD COLUMN merged_into      uuid;

-- What was written about a case. Events carry only the digests (R46): here the texts can be erased without touching the
-- record (R47).
CREATE TABLE @schema@.case_text (
    complaint_id uuid   NOT NULL,
    version      bigint NOT NULL,                       -- of the event
    field        text   NOT NULL,                       -- of the command: "findings", "steps[1].measure"
    content      text   NOT NULL,
    PRIMARY KEY (complaint_id, version, field)
);

CREATE TABLE @schema@.work_order (
    complaint_id     uuid   NOT NULL,
    number           int    NOT NULL CHECK (number > 0),        -- within the case
    status           int    NOT NULL,                           -- work_order.h
    paid             boolean NOT NULL,
    quote            int    NOT NULL,                           -- the newest; 0: none
    approved         int    NOT NULL,                           -- that the customer agreed to; 0: none
    items            text[] NOT NULL,                           -- lines of the newest quote
    quantities_milli bigint[] NOT NULL,
    unit_prices_fen  bigint[] NOT NULL,
    amounts_fen      bigint[] NOT NULL,
    total_fen        bigint NOT NULL,
    team             text   NOT NULL,
    appointment_from timestamptz,
    appointment_to   timestamptz,
    quality          int    NOT NULL,                           -- 1 to 5; 0: not rated
    attitude         int    NOT NULL,
    opened_at        timestamptz NOT NULL,
    done_at          timestamptz,
    PRIMARY KEY (complaint_id, number)
) WITH (fillfactor = 70);

-- Commands that were answered, once each: the same reference again gets the same answer.
CREATE TABLE @schema@.command (
    command_id   text  COLLATE "C" NOT NULL,            -- the sender's; first, because it differs most
    source       text  COLLATE "C" NOT NULL,
    tenant_id    text  COLLATE "C" NOT NULL,
    digest       bytea NOT NULL,                        -- of its content
    complaint_id uuid  NOT NULL,
    version      bigint NOT NULL,                       -- of the case after it
    refusal      bytea,                                 -- redress.v1.Refusal; NULL: it was carried out
    answered_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (command_id, source, tenant_id)
);
CREATE INDEX command_age ON @schema@.command USING brin (answered_at);

-- ---- for others ----

DROP VIEW @schema@.case_view;
-- What redressctl and other daemons see of a case; no personal data. Look up by complaint_id: intake knows the id of a
-- number.
CREATE VIEW @schema@.case_view AS
SELECT f.complaint_id, f.tenant_id, f.number, f.project_code, f.building, f.received_at, f.registered_at, f.amount_fen,
       f.likely_duplicate_of, f.category_code, c.name AS category_name,
       CASE f.category_source WHEN 1 THEN 'sender' WHEN 2 THEN 'keywords' WHEN 3 THEN 'by_hand' END AS category_source,
       f.category_confidence,
       CASE f.severity WHEN 1 THEN 'general' WHEN 2 THEN 'major' END AS severity,
       CASE f.complexity WHEN 1 THEN 'simple' WHEN 2 THEN 'complex' END AS complexity,
       CASE s.status WHEN 1 THEN 'registered' WHEN 2 THEN 'to_classify' WHEN 3 THEN 'assigned'
                     WHEN 4 THEN 'acknowledged' WHEN 5 THEN 'investigating' WHEN 6 THEN 'investigated'
                     WHEN 7 THEN 'plan_proposed' WHEN 8 THEN 'plan_confirmed' WHEN 9 THEN 'rectifying'
                     WHEN 10 THEN 'rectified' WHEN 11 THEN 'evaluated' WHEN 12 THEN 'fed_back'
                     WHEN 13 THEN 'confirmed' WHEN 14 THEN 'closed' WHEN 15 THEN 'archived' WHEN 16 THEN 'withdrawn'
                     WHEN 17 THEN 'merged' WHEN 18 THEN 'answered' WHEN 19 THEN 'reopened' WHEN 20 THEN 'erased'
        END AS status,
       s.department_code, d.name AS department_name, s.assignee_id,
       CASE s.assignee_role WHEN 1 THEN 'handler' WHEN 2 THEN 'department_head' WHEN 3 THEN 'duty' END AS assignee_role,
       s.assigned_at, s.version, s.since_at,
       CASE s.level WHEN 1 THEN 'handler' WHEN 2 THEN 'department_head' WHEN 3 THEN 'customer_service'
                    WHEN 4 THEN 'senior_management' END AS level,
       CASE s.waiting WHEN 1 THEN 'outside_party' WHEN 2 THEN 'complainant_absent' WHEN 3 THEN 'complainant_asked'
                      WHEN 4 THEN 'authority' WHEN 5 THEN 'force_majeure' ELSE '' END AS waiting_for,
       s.question > 0 AS question_open, s.bounces, s.plans, s.plan_deadline_at, s.dissatisfied, s.reopened, s.closed_at,
       s.reopen_until_at, s.retain_until_at, s.merged_into, (s.facts & 64) <> 0 AS held,
       (s.facts & 128) <> 0 AS recurrence, (s.facts & 16) <> 0 AS inspection_open
  FROM @schema@.case_file f
  JOIN @schema@.case_state s ON s.complaint_id = f.complaint_id
  LEFT JOIN @schema@.category c ON c.tenant_id = f.tenant_id AND c.code = f.category_code
  LEFT JOIN @schema@.department d ON d.tenant_id = s.tenant_id AND d.code = s.department_code;

CREATE VIEW @schema@.work_order_view AS
SELECT w.complaint_id, s.tenant_id, w.number,
       CASE w.status WHEN 1 THEN 'opened' WHEN 2 THEN 'quoted' WHEN 3 THEN 'approved' WHEN 4 THEN 'dispatched'
                     WHEN 5 THEN 'done' WHEN 6 THEN 'signed' WHEN 7 THEN 'cancelled' END AS status,
       w.paid, w.quote, w.approved, w.total_fen, w.team, w.appointment_from, w.appointment_to, w.quality, w.attitude,
       w.opened_at, w.done_at
  FROM @schema@.work_order w
  JOIN @schema@.case_state s ON s.complaint_id = w.complaint_id;

GRANT SELECT ON @schema@.price TO redress_dispatch;
GRANT SELECT, INSERT, UPDATE ON @schema@.work_order TO redress_dispatch;
GRANT SELECT, INSERT, DELETE ON @schema@.case_text, @schema@.command TO redress_dispatch;
GRANT UPDATE ON @schema@.case_file TO redress_dispatch;
