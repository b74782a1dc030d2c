-- What waits for each gateway, and for how long the oldest of it.
SELECT tenant_id, gateway, count(*), (extract(epoch FROM now() - min(next_at)))::bigint
  FROM @schema@.message_state WHERE state = 1 AND next_at <= now() GROUP BY tenant_id, gateway
