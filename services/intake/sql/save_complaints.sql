INSERT INTO @schema@.complaint
       (id, tenant_id, number, source, source_event_id, channel, project_code, building, received_at, registered_at,
        occurred_at, category_code, complainant_key, home_key, matter, likely_duplicate_of, amount_fen, clear,
        evidence_count, submitted_by, journal_head)
SELECT n.id, n.tenant_id, n.number, n.source, n.source_event_id, n.channel, n.project_code, n.building, n.received_at,
       $21::timestamptz, n.occurred_at, n.category_code, n.complainant_key, n.home_key, n.matter, n.likely_duplicate_of,
       n.amount_fen, n.clear, n.evidence_count, n.submitted_by, n.journal_head
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::text[], $8::text[],
              $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[], $13::text[], $14::bigint[], $15::uuid[],
              $16::bigint[], $17::smallint[], $18::smallint[], $19::text[], $20::bytea[])
       AS n (id, tenant_id, number, source, source_event_id, channel, project_code, building, received_at, occurred_at,
             category_code, complainant_key, home_key, matter, likely_duplicate_of, amount_fen, clear, evidence_count,
             submitted_by, journal_head)
