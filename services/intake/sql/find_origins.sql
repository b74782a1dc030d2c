-- The complaints that submissions were split from, with what these take over. No contact: it was erased (R47).
SELECT n.ord, c.id, c.project_code, c.building, c.channel::int4, c.received_at, d.contact,
       d.complainant_kind::int4, d.identity_verified, d.preferred_channel::int4,
       d.call_id, d.call_agent_id, d.call_started_at, d.call_duration_s, d.call_recording_uri
  FROM unnest($1::int[], $2::text[], $3::text[]) AS n (ord, tenant_id, number)
  JOIN @schema@.complaint AS c ON c.tenant_id = n.tenant_id AND c.number = n.number
  LEFT JOIN @schema@.complaint_detail AS d ON d.complaint_id = c.id
