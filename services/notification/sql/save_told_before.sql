-- The newest of each message counts; a late repeat of an older one changes nothing. What is told anew is unclaimed again.
INSERT INTO @schema@.told_before AS t (id, tenant_id, complaint_id, number, event, audience, recipient, channel, gateway, state,
                                       batch, ord)
SELECT DISTINCT ON (n.id) n.*
  FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::smallint[], $7::text[], $8::smallint[],
              $9::text[], $10::smallint[], $11::bigint[], $12::int[])
       AS n (id, tenant_id, complaint_id, number, event, audience, recipient, channel, gateway, state, batch, ord)
 ORDER BY n.id, n.batch DESC, n.ord DESC
    ON CONFLICT (id) DO UPDATE
   SET tenant_id = excluded.tenant_id, complaint_id = excluded.complaint_id, number = excluded.number, event = excluded.event,
       audience = excluded.audience, recipient = excluded.recipient, channel = excluded.channel, gateway = excluded.gateway,
       state = excluded.state, batch = excluded.batch, ord = excluded.ord, claimed_by = NULL, kept_at = now()
 WHERE (t.batch, t.ord) < (excluded.batch, excluded.ord)
