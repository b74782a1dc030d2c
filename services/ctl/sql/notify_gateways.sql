-- How each gateway does: what waits for it, and what came of its calls in the last hour.
SELECT q.tenant_id, q.gateway, q.queued, q.held, q.sending, q.unknown,
       CASE WHEN q.oldest IS NULL THEN NULL ELSE extract(epoch FROM now() - q.oldest)::bigint END AS oldest_s,
       coalesce(a.calls, 0), coalesce(a.accepted, 0), coalesce(a.failed, 0), a.p95_ms, coalesce(a.parts, 0), a.last_code
  FROM (SELECT tenant_id, gateway, count(*) FILTER (WHERE state = 1) AS queued, count(*) FILTER (WHERE state = 2) AS held,
               count(*) FILTER (WHERE state = 3) AS sending, count(*) FILTER (WHERE state = 7) AS unknown,
               min(changed_at) FILTER (WHERE state = 1) AS oldest
          FROM notification.message_state
         WHERE gateway <> '' AND ($1::text = '' OR tenant_id = $1::text)
         GROUP BY tenant_id, gateway) AS q
  LEFT JOIN (SELECT m.tenant_id, t.gateway, count(*) AS calls, count(*) FILTER (WHERE t.class = 1) AS accepted,
                    count(*) FILTER (WHERE t.class > 1) AS failed,
                    (percentile_cont(0.95) WITHIN GROUP (ORDER BY t.took_us) / 1000)::bigint AS p95_ms,
                    sum(t.parts) AS parts,
                    (array_agg(t.code ORDER BY t.started_at DESC) FILTER (WHERE t.class > 1))[1] AS last_code
               FROM notification.attempt AS t JOIN notification.message AS m ON m.id = t.message_id
              WHERE t.started_at > now() - interval '1 hour'
              GROUP BY m.tenant_id, t.gateway) AS a ON a.tenant_id = q.tenant_id AND a.gateway = q.gateway
 ORDER BY q.tenant_id, q.gateway
