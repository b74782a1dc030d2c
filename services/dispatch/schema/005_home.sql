-- When the complainant was asked for what is still missing: a clock of an earlier question says nothing about this one.
ALTER TABLE @schema@.case_state ADD COLUMN question_at timestamptz;

-- The other cases of a case's home; no personal data. Look up by complaint_id.
CREATE VIEW @schema@.related_view AS
SELECT f.complaint_id, r.complaint_id AS related_id, r.number, r.category_code, r.registered_at, s.status
  FROM @schema@.case_file AS f
  JOIN @schema@.case_file AS r
    ON r.home_key = f.home_key AND r.home_key <> '' AND r.tenant_id = f.tenant_id AND r.complaint_id <> f.complaint_id
  JOIN @schema@.case_state AS s ON s.complaint_id = r.complaint_id;
