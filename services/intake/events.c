#include "events.h"

#include <string.h>

#include "common/event/timestamp.h"
#include "origin.h"
#include "redress/v1/complaint_event.pb-c.h"

#define ACTOR "system:intake"

static ProtobufCBinaryData digest_of(const char *text, unsigned char digest[SHA256_BYTES])
{
    if (text[0] == '\0')
        return (ProtobufCBinaryData){ 0, NULL };
    sha256(text, strlen(text), digest);
    return (ProtobufCBinaryData){ SHA256_BYTES, digest };
}

/* Copies what is not personal. */
static void fill_registered(Redress__V1__Registered *r, struct submission *s)
{
    const Redress__V1__Submission *m = s->message;

    r->source = m->source;
    r->source_event_id = m->source_event_id;
    r->channel = m->channel;
    r->received_at = m->received_at;
    r->occurred_at = m->occurred_at;
    r->building = m->building;
    r->home_key = s->home_key;
    r->complainant_key = s->complainant_key;
    r->complainant_kind = m->complainant->kind;
    r->identity_verified = m->complainant->identity_verified;
    r->preferred_channel = m->complainant->preferred_channel;
    r->category_code = m->category_code;
    r->amount_fen = m->amount_fen;
    r->evidence_count = (int32_t)m->n_evidence;
    r->clear = m->clear;
    r->submitted_by = m->submitted_by;
}

static void fill_likely(Redress__V1__Registered *r, struct submission *s, char id[UUID_TEXT_SIZE])
{
    if (uuid_is_nil(&s->likely_id))
        return;
    uuid_format(&s->likely_id, id);
    r->likely_duplicate_of_id = id;
    r->likely_duplicate_of_number = s->likely_number;
}

static void fill_origin(Redress__V1__Registered *r, const struct submission *s, char id[UUID_TEXT_SIZE])
{
    if (!s->origin)
        return;
    uuid_format(&s->origin->id, id);
    r->split_from_id = id;
    r->split_from_number = (char *)(uintptr_t)s->origin->number;
}

int events_registered(struct batch *b, struct submission *s)
{
    Redress__V1__ComplaintEvent event = REDRESS__V1__COMPLAINT_EVENT__INIT;
    Redress__V1__Registered r = REDRESS__V1__REGISTERED__INIT;
    Google__Protobuf__Timestamp at = timestamp_of(s->registered_us);
    unsigned char description[SHA256_BYTES], demand[SHA256_BYTES];
    char id[UUID_TEXT_SIZE], likely_id[UUID_TEXT_SIZE], origin_id[UUID_TEXT_SIZE], masked[PHONE_MASKED_SIZE] = "";

    uuid_format(&s->complaint_id, id);
    if (s->phone[0])
        phone_mask(s->phone, masked);
    fill_registered(&r, s);
    fill_likely(&r, s, likely_id);
    fill_origin(&r, s, origin_id);
    r.registered_at = &at;
    r.phone_masked = masked;
    r.description_sha256 = digest_of(s->message->description, description);
    r.demand_sha256 = digest_of(s->message->demand, demand);
    event.tenant = s->message->tenant;
    event.complaint_id = id;
    event.complaint_number = s->number;
    event.version = 1;
    event.at = &at;
    event.project_code = s->message->project_code;
    event.actor = (char[]){ ACTOR };
    event.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_REGISTERED;
    event.registered = &r;
    memset(s->head, 0, sizeof s->head);
    return batch_emit(b, &(struct emission){
                             .topic = TOPIC_COMPLAINTS,
                             .key = arena_strdup(b->arena, id),
                             .tenant = s->tenant->id,
                             .message = &event.base,
                             .type = "redress.v1.ComplaintEvent.registered",
                             .encoding = ENCODING_PROTOBUF,
                             .aggregate_id = s->complaint_id,
                             .aggregate_version = 1,
                             .head = s->head,
                             .cause = s->cause,
                         });
}

int events_outcome(struct batch *b, const struct submission *s, const struct outcome_address *to)
{
    Redress__V1__Outcome o = REDRESS__V1__OUTCOME__INIT;
    Google__Protobuf__Timestamp at = timestamp_of(s->registered_us);
    char id[UUID_TEXT_SIZE];

    if (s->result == REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_REJECTED)
        return outcome_reject(b, "", s->cause, to, s->tenant ? s->tenant->id : "", s->problems.items,
                              s->problems.count);
    uuid_format(&s->complaint_id, id);
    o.result = s->result;
    o.complaint_id = id;
    o.complaint_number = (char *)s->number;
    o.registered_at = &at;
    return outcome_emit(b, &o, s->cause, to, s->tenant->id);
}
