-- Receipts change what is under way, sent or unknown, and stop what waits to be tried again; what was delivered stays so.
-- One that comes before its answer is looked at again, each time as much later as it is old; one that never finds any is
-- let go after a day. A tenant's receipts are about its own messages alone.
WITH r AS (
    SELECT id, tenant_id, gateway, message_id, request_id, status, bad_address, code, received_at
      FROM @schema@.receipt WHERE applied_at IS NULL AND look_at <= now()
     ORDER BY look_at LIMIT $1::int FOR UPDATE SKIP LOCKED
), found AS (
    SELECT r.*, coalesce(r.message_id, (SELECT a.message_id FROM @schema@.attempt AS a
                                          JOIN @schema@.message_state AS s ON s.id = a.message_id AND s.tenant_id = r.tenant_id
                                         WHERE a.request_id = r.request_id AND r.request_id <> '' AND a.gateway = r.gateway
                                         ORDER BY a.started_at DESC LIMIT 1)) AS about
      FROM r
), done AS (
    UPDATE @schema@.receipt AS t
       SET applied_at = CASE WHEN found.about IS NOT NULL OR found.received_at < now() - interval '1 day' THEN now() END,
           look_at = now() + greatest(interval '1 second', now() - found.received_at)
      FROM found
     WHERE t.id = found.id
), best AS (
    SELECT DISTINCT ON (about, tenant_id) * FROM found WHERE about IS NOT NULL ORDER BY about, tenant_id, status
), told AS (
    UPDATE @schema@.message_state AS s
       SET state = CASE best.status WHEN 1 THEN 5 WHEN 2 THEN 6 ELSE 4 END, held = 0, changed_at = now()
      FROM best
     WHERE s.digest = best.about AND s.digest = ANY (ARRAY (SELECT about FROM best)) AND s.tenant_id = best.tenant_id AND s.state IN (2, 4, 7)
)
UPDATE @schema@.message_state AS s
   SET state = CASE best.status WHEN 1 THEN 5 WHEN 2 THEN 6 ELSE 4 END, code = best.code, changed_at = now(),
       next_at = now()
  FROM best, @schema@.message AS m
 WHERE s.id = best.about AND m.id = s.id AND s.tenant_id = best.tenant_id
   AND (s.state IN (3, 7) OR s.state = 4 AND best.status IN (1, 2) OR s.state = 1 AND s.attempts > 0 AND best.status = 1)
RETURNING m.id, m.tenant_id, s.gateway, s.attempts, m.complaint_id, m.number, m.event, m.version, m.audience::int4,
       m.recipient, m.channel::int4, array_to_string(m.others, ','), m.template, m.locale, m.urgency::int4, m.facts,
       s.expires_at, s.state::int4, s.code, m.cause, best.bad_address, s.address_key
