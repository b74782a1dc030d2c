-- A case may have several work orders, each with its own appointment: their clocks are told apart by its number.
ALTER TABLE @schema@.clock ADD COLUMN work_order int NOT NULL DEFAULT 0;       -- 0: about the case itself
ALTER TABLE @schema@.clock DROP CONSTRAINT clock_pkey;
ALTER TABLE @schema@.clock ADD PRIMARY KEY (complaint_id, policy_code, name, work_order, cycle);

CREATE OR REPLACE VIEW @schema@.clock_view AS
SELECT s.complaint_id, s.tenant_id, s.number, s.project_code, c.policy_code, c.policy_version, c.name, c.cycle,
       CASE c.state WHEN 1 THEN 'running' WHEN 2 THEN 'paused' WHEN 3 THEN 'met' WHEN 4 THEN 'skipped'
                    WHEN 5 THEN 'case_ended' WHEN 6 THEN 'restarted' WHEN 7 THEN 'not_promised' END AS state,
       c.started_at, c.due_at, c.provisional, c.next_at, c.ended_at, c.points, c.percents, c.fired,
       c.fired > 0 AND c.percents[c.fired] >= 100 AS breached, c.work_order
  FROM @schema@.clock c
  JOIN @schema@.case_state s ON s.complaint_id = c.complaint_id;

-- How long a case has been between departments, and how often it was passed on; no personal data.
CREATE VIEW @schema@.bounce_view AS
SELECT complaint_id, tenant_id, number, project_code, bounces, between_since,
       between_us + CASE WHEN between_since < now() THEN (extract(epoch FROM now() - between_since) * 1000000)::int8
                         ELSE 0 END AS between_us
  FROM @schema@.case_state;

GRANT SELECT ON @schema@.bounce_view TO redress_dispatch, redress_notification, redress_analytics;
