-- Every tenant's newest anchor.
SELECT DISTINCT ON (tenant_id) tenant_id, number, all_complaints, statement
  FROM journal.anchor
 ORDER BY tenant_id, number DESC
