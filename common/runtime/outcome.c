#include "outcome.h"

#include <string.h>

#include "common/event/reference.h"

/* A header's value as text; "" if it is not there or cannot be sent back. */
static const char *header(struct arena *a, const struct record *rec, const char *name)
{
    const void *value;
    size_t len;

    if (!kafka_record_header(rec->kafka, name, &value, &len) || !text_is_echoable(value, len, REFERENCE_MAX))
        return "";
    return arena_strndup(a, value, len);
}

static bool is_echoable(const char *text)
{
    return text && text_is_echoable(text, strlen(text), REFERENCE_MAX);
}

struct outcome_address outcome_address_of(struct arena *a, const struct record *rec, const char *tenant,
                                          const char *source, const char *source_event_id)
{
    bool body = is_echoable(source) && is_echoable(source_event_id);
    struct outcome_address to = {
        .tenant = body ? tenant : header(a, rec, "ce_tenantid"),
        .source = body ? source : header(a, rec, "ce_source"),
        .source_event_id = body ? source_event_id : header(a, rec, "ce_id"),
    };

    if (!tenant_id_is_sane(to.tenant))
        to.tenant = "";
    return to;
}

bool outcome_is_answerable(const struct outcome_address *to)
{
    return to->source[0] && to->source_event_id[0];
}

int outcome_emit(struct batch *b, Redress__V1__Outcome *o, const struct record *cause, const struct outcome_address *to,
                 const char *tenant_id)
{
    o->tenant = (char *)(uintptr_t)to->tenant;
    o->source = (char *)(uintptr_t)to->source;
    o->source_event_id = (char *)(uintptr_t)to->source_event_id;
    return batch_emit(b, &(struct emission){
                             .topic = TOPIC_OUTCOMES,
                             .key = arena_printf(b->arena, "%s:%s:%s", to->tenant, to->source, to->source_event_id),
                             .tenant = tenant_id,
                             .message = &o->base,
                             .type = "redress.v1.Outcome",
                             .encoding = cause ? cause->encoding : ENCODING_PROTOBUF,
                             .cause = cause,
                         });
}

int outcome_reject(struct batch *b, const char *command, const struct record *cause, const struct outcome_address *to,
                   const char *tenant_id, const struct field_problem *problems, size_t count)
{
    Redress__V1__Outcome o = REDRESS__V1__OUTCOME__INIT;
    Redress__V1__Problem *list = arena_array(b->arena, Redress__V1__Problem, count + 1);

    o.result = REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_REJECTED;
    o.command = (char *)(uintptr_t)command;
    o.problems = arena_array(b->arena, Redress__V1__Problem *, count + 1);
    o.n_problems = count;
    for (size_t i = 0; i < count; i++) {
        redress__v1__problem__init(&list[i]);
        list[i].path = (char *)(uintptr_t)problems[i].path;
        list[i].code = (char *)(uintptr_t)problems[i].code;
        list[i].message = (char *)(uintptr_t)problems[i].message;
        o.problems[i] = &list[i];
    }
    return outcome_emit(b, &o, cause, to, tenant_id);
}

void outcome_unanswerable(struct batch *b, const struct record *rec, const struct outcome_address *to,
                          const struct field_problem *first)
{
    batch_dead_letter(
        b, rec, "unanswerable",
        arena_printf(b->arena, "names no source and reference to answer to; %s: %s", first->path, first->message),
        to->tenant, to->source, to->source_event_id);
}
