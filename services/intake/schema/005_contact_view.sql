-- How to reach a complainant: sealed, for the notification daemon, which has the master key. Look up by complaint_id.
CREATE VIEW @schema@.contact_view AS
SELECT c.id AS complaint_id, c.tenant_id, c.number, c.project_code, c.complainant_key, d.contact, d.preferred_channel,
       c.received_at
  FROM @schema@.complaint AS c
  LEFT JOIN @schema@.complaint_detail AS d ON d.complaint_id = c.id;

CREATE VIEW @schema@.tenant_key_view AS SELECT tenant_id, name, time_zone, data_key FROM @schema@.tenant;
CREATE VIEW @schema@.project_view AS SELECT tenant_id, code, name FROM @schema@.project;
CREATE VIEW @schema@.tenant_revision_view AS SELECT revision FROM @schema@.tenant_revision;

GRANT USAGE ON SCHEMA @schema@ TO redress_notification;
GRANT SELECT ON @schema@.contact_view, @schema@.tenant_key_view, @schema@.project_view,
    @schema@.tenant_revision_view TO redress_notification;
