-- R7, the other way round: one submission that spoke of two matters. The second matter is a complaint of its own that
-- takes contact and home over from the first. Rare, so it has a row of its own.
CREATE TABLE @schema@.split (
    complaint_id uuid PRIMARY KEY,
    split_from   uuid NOT NULL
);
CREATE INDEX split_from ON @schema@.split (split_from);

-- Both ways. Look up by either id.
CREATE VIEW @schema@.split_view AS
    SELECT s.complaint_id, s.split_from, p.number, o.number AS split_from_number
      FROM @schema@.split AS s
      JOIN @schema@.complaint AS p ON p.id = s.complaint_id
      JOIN @schema@.complaint AS o ON o.id = s.split_from;

GRANT INSERT ON @schema@.split TO redress_intake;
GRANT SELECT (contact, complainant_kind, identity_verified, preferred_channel, call_id, call_agent_id, call_started_at,
              call_duration_s, call_recording_uri) ON @schema@.complaint_detail TO redress_intake;
