-- Takes `count` numbers of each series; `next` comes back as it is afterwards. Ordered against deadlocks. The rows stay
-- locked until the commit, so numbers have no gaps unless the transaction is rolled back, and then they are taken again.
INSERT INTO @schema@.number_series AS s (tenant_id, series, next)
SELECT n.tenant_id, n.series, n.count + 1
  FROM unnest($1::text[], $2::text[], $3::bigint[]) AS n (tenant_id, series, count)
 ORDER BY n.tenant_id COLLATE "C", n.series COLLATE "C"
ON CONFLICT (tenant_id, series) DO UPDATE SET next = s.next + EXCLUDED.next - 1
RETURNING tenant_id, series, next
