-- What the notification daemon must know of cases and staff.

-- Beside the phone; context "staff-email:<tenant>:<staff>".
ALTER TABLE @schema@.staff ADD COLUMN email_key text NOT NULL DEFAULT '', ADD COLUMN email_sealed bytea;

-- Who of the staff is there today, in his tenant's day.
CREATE VIEW @schema@.present_view AS
SELECT s.tenant_id, s.staff_id
  FROM @schema@.staff AS s
  JOIN @schema@.tenant AS t ON t.tenant_id = s.tenant_id
 WHERE s.on_duty AND NOT s.absent @> (now() AT TIME ZONE t.time_zone)::date;

-- Who stands for a department: its head, else the first deputy who is there, else the duty role: never nobody (R35).
CREATE VIEW @schema@.standing_view AS
SELECT d.tenant_id, d.code AS department_code, d.name AS department_name,
       coalesce((SELECT c.staff_id
                   FROM unnest(d.head_staff_id || d.deputies) WITH ORDINALITY AS c (staff_id, ord)
                   JOIN @schema@.present_view AS p ON p.tenant_id = d.tenant_id AND p.staff_id = c.staff_id
                  ORDER BY c.ord LIMIT 1), t.duty_staff_id) AS staff_id
  FROM @schema@.department AS d
  JOIN @schema@.tenant AS t ON t.tenant_id = d.tenant_id;

-- Senior management that is there, else the duty role.
CREATE VIEW @schema@.leader_view AS
SELECT t.tenant_id, m.staff_id
  FROM @schema@.tenant AS t
 CROSS JOIN LATERAL (
       SELECT p.staff_id FROM @schema@.present_view AS p WHERE p.tenant_id = t.tenant_id AND p.staff_id = ANY (t.management)
       UNION ALL
       SELECT t.duty_staff_id
        WHERE NOT EXISTS (SELECT FROM @schema@.present_view AS p
                           WHERE p.tenant_id = t.tenant_id AND p.staff_id = ANY (t.management))) AS m;

-- How to reach the staff: sealed with the tenant's key.
CREATE VIEW @schema@.staff_contact_view AS
SELECT tenant_id, staff_id, name, phone_key, phone_sealed, email_key, email_sealed FROM @schema@.staff;

CREATE VIEW @schema@.duty_view AS SELECT tenant_id, duty_staff_id AS staff_id FROM @schema@.tenant;

-- What was written about a case: what a mail to the complainant quotes (R28). Look up by complaint_id.
CREATE VIEW @schema@.case_text_view AS SELECT complaint_id, version, field, content FROM @schema@.case_text;

GRANT USAGE ON SCHEMA @schema@ TO redress_notification;
GRANT SELECT ON @schema@.case_view, @schema@.standing_view, @schema@.leader_view, @schema@.duty_view,
    @schema@.staff_contact_view, @schema@.case_text_view TO redress_notification;
