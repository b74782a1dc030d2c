-- A case in two rows: what was found out once (wide, hardly ever changed) and where it stands (narrow, changed with
-- every step, no index on what changes).
CREATE TABLE @schema@.case_file (
    complaint_id         uuid PRIMARY KEY,
    tenant_id            text NOT NULL,
    number               text NOT NULL,
    project_code         text NOT NULL,
    building             text NOT NULL,
    source               text NOT NULL,
    channel              smallint NOT NULL,             -- redress.v1.Channel
    complainant_kind     smallint NOT NULL,             -- redress.v1.ComplainantKind
    complainant_key      text NOT NULL,                 -- keyed digests, as in Registered
    home_key             text NOT NULL,
    received_at          timestamptz NOT NULL,
    registered_at        timestamptz NOT NULL,
    amount_fen           bigint,                        -- at stake (R34)
    likely_duplicate_of  text NOT NULL,                 -- complaint id, "" for none (R7)
    category_code        text NOT NULL,                 -- "" while it waits to be classified by hand
    category_source      smallint NOT NULL,             -- redress.v1.CategorySource
    category_confidence  smallint NOT NULL CHECK (category_confidence BETWEEN 0 AND 100),
    severity             smallint NOT NULL,             -- redress.v1.Severity
    complexity           smallint NOT NULL              -- redress.v1.Complexity
);

CREATE TABLE @schema@.case_state (
    complaint_id    uuid PRIMARY KEY,
    tenant_id       text NOT NULL,
    status          smallint NOT NULL,                  -- lifecycle.h
    department_code text NOT NULL,
    assignee_id     text NOT NULL CHECK (assignee_id <> ''),    -- never nobody
    assignee_role   smallint NOT NULL,                  -- redress.v1.AssigneeRole
    assigned_at     timestamptz NOT NULL,
    version         bigint NOT NULL,                    -- of the newest event
    head            bytea NOT NULL CHECK (octet_length(head) = 32)      -- its hash (R49)
) WITH (fillfactor = 70);

-- Open cases per person, kept with each change so that nobody ever has to count them (R10).
CREATE TABLE @schema@.workload (
    tenant_id  text NOT NULL,
    staff_id   text NOT NULL,
    open_cases bigint NOT NULL,
    given_at   timestamptz NOT NULL,                    -- the newest one
    PRIMARY KEY (tenant_id, staff_id)
) WITH (fillfactor = 50);

-- What redressctl shows of a case; no personal data. Look up by complaint_id: intake knows the id of a number.
CREATE VIEW @schema@.case_view AS
SELECT f.complaint_id, f.tenant_id, f.number, f.project_code, f.building, f.received_at, f.registered_at, f.amount_fen,
       f.likely_duplicate_of, f.category_code, c.name AS category_name,
       CASE f.category_source WHEN 1 THEN 'sender' WHEN 2 THEN 'keywords' WHEN 3 THEN 'by_hand' END AS category_source,
       f.category_confidence,
       CASE f.severity WHEN 1 THEN 'general' WHEN 2 THEN 'major' END AS severity,
       CASE f.complexity WHEN 1 THEN 'simple' WHEN 2 THEN 'complex' END AS complexity,
       CASE s.status WHEN 1 THEN 'registered' WHEN 2 THEN 'to_classify' WHEN 3 THEN 'assigned' END AS status,
       s.department_code, d.name AS department_name, s.assignee_id,
       CASE s.assignee_role WHEN 1 THEN 'handler' WHEN 2 THEN 'department_head' WHEN 3 THEN 'duty' END AS assignee_role,
       s.assigned_at, s.version
  FROM @schema@.case_file f
  JOIN @schema@.case_state s ON s.complaint_id = f.complaint_id
  LEFT JOIN @schema@.category c ON c.tenant_id = f.tenant_id AND c.code = f.category_code
  LEFT JOIN @schema@.department d ON d.tenant_id = s.tenant_id AND d.code = s.department_code;

GRANT SELECT, INSERT ON @schema@.case_file TO redress_dispatch;
GRANT SELECT, INSERT, UPDATE ON @schema@.case_state, @schema@.workload TO redress_dispatch;
