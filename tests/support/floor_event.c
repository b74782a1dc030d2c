#include "floor_event.h"

#include "redress/v1/complaint_event.pb-c.h"
#include "redress/v1/outcome.pb-c.h"

static uint8_t zeros[32];

static Google__Protobuf__Timestamp timestamp(int64_t at_us)
{
    Google__Protobuf__Timestamp t = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

    t.seconds = at_us / 1000000;
    t.nanos = (int32_t)(at_us % 1000000 * 1000);
    return t;
}

size_t floor_pack_registered(const struct floor_fact *f, uint8_t out[FLOOR_PACKED_MAX])
{
    Redress__V1__ComplaintEvent e = REDRESS__V1__COMPLAINT_EVENT__INIT;
    Redress__V1__Registered n = REDRESS__V1__REGISTERED__INIT;
    Google__Protobuf__Timestamp at = timestamp(f->registered_us);

    n.source = f->s->source;
    n.source_event_id = f->s->source_event_id;
    n.channel = f->s->channel;
    n.received_at = f->s->received_at;
    n.registered_at = &at;
    n.occurred_at = f->s->occurred_at;
    n.building = f->s->building;
    n.home_key = n.complainant_key = f->fake_key;
    n.phone_masked = (char[]){ "139****0000" };
    n.complainant_kind = f->s->complainant->kind;
    n.preferred_channel = f->s->complainant->preferred_channel;
    n.category_code = f->s->category_code;
    n.description_sha256 = n.demand_sha256 = (ProtobufCBinaryData){ sizeof zeros, zeros };
    n.evidence_count = (int32_t)f->s->n_evidence;
    n.clear = f->s->clear;
    e.tenant = f->s->tenant;
    e.complaint_id = f->id;
    e.complaint_number = f->number;
    e.version = 1;
    e.at = &at;
    e.project_code = f->s->project_code;
    e.actor = (char[]){ "system:intake" };
    e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_REGISTERED;
    e.registered = &n;
    return redress__v1__complaint_event__pack(&e, out);
}

size_t floor_pack_outcome(const struct floor_fact *f, bool repeat, uint8_t out[FLOOR_PACKED_MAX])
{
    Redress__V1__Outcome o = REDRESS__V1__OUTCOME__INIT;
    Google__Protobuf__Timestamp at = timestamp(f->registered_us);

    o.tenant = f->s->tenant;
    o.source = f->s->source;
    o.source_event_id = f->s->source_event_id;
    o.result = repeat ? REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_DUPLICATE
                      : REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_ACCEPTED;
    o.complaint_id = f->id;
    o.complaint_number = f->number;
    o.registered_at = &at;
    return redress__v1__outcome__pack(&o, out);
}
