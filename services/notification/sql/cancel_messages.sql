-- What has not left and whose cause is gone: all of a case ('*'), or what told of one run of a clock. What has left or is
-- under way expires: it is not tried again, nor told on another channel. The ids as an array: joined, everything that waits
-- would be walked.
WITH n AS (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]) AS n (complaint_id, cause, why)
), about AS MATERIALIZED (
    SELECT m.id, n.why
      FROM n JOIN @schema@.message AS m ON m.complaint_id = n.complaint_id AND (n.cause = '*' OR m.cause = n.cause)
), gone AS (
    UPDATE @schema@.message_state AS s SET expires_at = now()
     WHERE s.id = ANY (ARRAY (SELECT id FROM about)) AND s.state IN (3, 4, 7) AND s.expires_at > now()
)
UPDATE @schema@.message_state AS s
   SET state = 9, held = 0, code = about.why, changed_at = now()
  FROM about
  JOIN @schema@.message AS m ON m.id = about.id
 WHERE s.id = about.id AND s.id = ANY (ARRAY (SELECT id FROM about)) AND s.state IN (1, 2)
RETURNING m.id, m.tenant_id, s.gateway, s.attempts, m.complaint_id, m.number, m.event, m.version, m.audience::int4,
       m.recipient, m.channel::int4, array_to_string(m.others, ','), m.template, m.locale, m.urgency::int4, m.facts,
       s.expires_at, s.state::int4, s.code, m.cause
