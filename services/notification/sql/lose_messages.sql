-- Longer under way than any call takes: the process that called died with it. Nobody knows whether it was sent.
-- What a digest tells shares the digest's fate, and is asked about with it alone.
-- (Its state as an int: the index of all that waits is not to be walked for it.)
WITH lost AS (
    SELECT id FROM @schema@.message_state
     WHERE state = 3 AND changed_at < now() - interval '90 seconds'
     ORDER BY changed_at LIMIT $1::int FOR UPDATE SKIP LOCKED
), ended AS (
    UPDATE @schema@.attempt AS a SET class = 9, code = 'lost' FROM lost WHERE a.message_id = lost.id AND a.ended_at IS NULL
), told AS (
    UPDATE @schema@.message_state AS s SET state = 7, held = 0, next_at = 'infinity', changed_at = now()
     WHERE s.digest = ANY (ARRAY (SELECT id FROM lost)) AND s.state::int = 2
)
UPDATE @schema@.message_state AS s
   SET state = 7, code = 'lost', next_at = now() + interval '1 minute', changed_at = now()
  FROM @schema@.message AS m, lost
 WHERE s.id = m.id AND s.id = lost.id
RETURNING m.id, m.tenant_id, s.gateway, s.attempts, m.complaint_id, m.number, m.event, m.version, m.audience::int4,
       m.recipient, m.channel::int4, array_to_string(m.others, ','), m.template, m.locale, m.urgency::int4, m.facts,
       s.expires_at, s.state::int4, s.code, m.cause
