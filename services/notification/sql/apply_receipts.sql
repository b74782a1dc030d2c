-- Receipts change what is under way, sent or unknown; what was delivered stays so. One that comes before its answer
-- waits until the message is found; one that never finds any is let go after a day.
WITH r AS (
    SELECT id, tenant_id, gateway, message_id, request_id, status, bad_address, code, received_at
      FROM @schema@.receipt WHERE applied_at IS NULL ORDER BY id LIMIT $1::int FOR UPDATE SKIP LOCKED
), found AS (
    SELECT r.*, coalesce(r.message_id, (SELECT a.message_id FROM @schema@.attempt AS a
                                         WHERE a.request_id = r.request_id AND r.request_id <> '' AND a.gateway = r.gateway
                                         ORDER BY a.started_at DESC LIMIT 1)) AS about
      FROM r
), done AS (
    UPDATE @schema@.receipt AS t SET applied_at = now()
      FROM found
     WHERE t.id = found.id AND (found.about IS NOT NULL OR found.received_at < now() - interval '1 day')
), best AS (
    SELECT DISTINCT ON (about) * FROM found WHERE about IS NOT NULL ORDER BY about, status
), told AS (
    UPDATE @schema@.message_state AS s
       SET state = CASE best.status WHEN 1 THEN 5 WHEN 2 THEN 6 ELSE 4 END, changed_at = now()
      FROM best
     WHERE s.digest = best.about AND s.tenant_id = best.tenant_id AND s.state IN (2, 4, 7)
)
UPDATE @schema@.message_state AS s
   SET state = CASE best.status WHEN 1 THEN 5 WHEN 2 THEN 6 ELSE 4 END, code = best.code, changed_at = now(),
       next_at = now()
  FROM best, @schema@.message AS m
 WHERE s.id = best.about AND m.id = s.id AND s.tenant_id = best.tenant_id
   AND (s.state IN (3, 7) OR s.state = 4 AND best.status IN (1, 2))
RETURNING m.id, m.tenant_id, s.gateway, s.attempts, m.complaint_id, m.number, m.event, m.version, m.audience::int4,
       m.recipient, m.channel::int4, array_to_string(m.others, ','), m.template, m.locale, m.urgency::int4, m.facts,
       s.expires_at, s.state::int4, s.code, m.cause, best.bad_address, s.address_key
