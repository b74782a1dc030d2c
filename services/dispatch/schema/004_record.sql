-- Keeping and erasing (R47).

-- When the texts and keys of the case were destroyed here. A column of its own, so that no index below stands on a
-- column that changes with the steps of a case: those updates stay on their page.
ALTER TABLE @schema@.case_state ADD COLUMN erased_at timestamptz;

CREATE INDEX case_state_over ON @schema@.case_state (closed_at) WHERE closed_at IS NOT NULL AND retain_until_at IS NULL;
CREATE INDEX case_state_kept ON @schema@.case_state (retain_until_at)
    WHERE retain_until_at IS NOT NULL AND erased_at IS NULL;
CREATE INDEX case_state_erased ON @schema@.case_state (erased_at) WHERE erased_at IS NOT NULL;

-- What is to be done with each case that is over, when, and what it still waits for: read by the job and by its dry run,
-- so that both see the same. A case that was merged goes with the one that it went into: its texts are part of that
-- record. A legal hold keeps what is kept; it does not keep a case from being archived.
CREATE VIEW @schema@.retention_view AS
SELECT s.complaint_id, s.tenant_id, f.number, s.status, s.closed_at, 'archive'::text AS step,
       greatest(s.closed_at + t.reopen_days * interval '24 hours', s.reopen_until_at) AS due_at,
       CASE WHEN m.status NOT IN (15, 20) THEN 'merged_into' ELSE '' END AS waits_for
  FROM @schema@.case_state AS s
  JOIN @schema@.tenant AS t ON t.tenant_id = s.tenant_id
  LEFT JOIN @schema@.case_file AS f ON f.complaint_id = s.complaint_id
  LEFT JOIN @schema@.case_state AS m ON m.complaint_id = s.merged_into
 WHERE s.closed_at IS NOT NULL AND s.retain_until_at IS NULL AND s.status IN (14, 16, 17)
UNION ALL
SELECT s.complaint_id, s.tenant_id, f.number, s.status, s.closed_at, 'erase', s.retain_until_at,
       CASE WHEN (s.facts & 64) <> 0 THEN 'legal_hold' WHEN m.status <> 20 THEN 'merged_into' ELSE '' END
  FROM @schema@.case_state AS s
  JOIN @schema@.tenant AS t ON t.tenant_id = s.tenant_id
  LEFT JOIN @schema@.case_file AS f ON f.complaint_id = s.complaint_id
  LEFT JOIN @schema@.case_state AS m ON m.complaint_id = s.merged_into
 WHERE s.retain_until_at IS NOT NULL AND s.erased_at IS NULL AND s.status = 15;

-- Intake destroys what it has of these.
CREATE VIEW @schema@.erased_view AS
SELECT complaint_id, tenant_id, erased_at FROM @schema@.case_state WHERE erased_at IS NOT NULL;

GRANT SELECT ON @schema@.retention_view TO redress_dispatch;
GRANT USAGE ON SCHEMA @schema@ TO redress_intake;
GRANT SELECT ON @schema@.erased_view TO redress_intake;
