-- Anchors that a file does not have yet: of each tenant those above the number that stands in it.
SELECT a.statement, a.signature
  FROM journal.anchor AS a
  LEFT JOIN unnest($1::text[], $2::int8[]) AS f (tenant_id, number) ON f.tenant_id = a.tenant_id
 WHERE ($3::text = '' OR a.tenant_id = $3::text) AND a.number > coalesce(f.number, 0)
 ORDER BY a.batch, a.ord, a.tenant_id, a.number
