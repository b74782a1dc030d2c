INSERT INTO @schema@.complaint_detail
       (complaint_id, tenant_id, description, goods_or_service, demand, contact, phone_masked, complainant_kind,
        identity_verified, preferred_channel, call_id, call_agent_id, call_started_at, call_duration_s,
        call_recording_uri)
SELECT n.complaint_id, n.tenant_id, n.description, n.goods_or_service, n.demand, n.contact, n.phone_masked,
       n.complainant_kind, n.identity_verified, n.preferred_channel, n.call_id, n.call_agent_id, n.call_started_at,
       n.call_duration_s, n.call_recording_uri
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::smallint[],
              $9::boolean[], $10::smallint[], $11::text[], $12::text[], $13::timestamptz[], $14::int[], $15::text[])
       AS n (complaint_id, tenant_id, description, goods_or_service, demand, contact, phone_masked, complainant_kind,
             identity_verified, preferred_channel, call_id, call_agent_id, call_started_at, call_duration_s,
             call_recording_uri)
