/* One command: what it must say before anything is looked up, and the answer that goes back for it. */
#include <inttypes.h>
#include <string.h>

#include "acting.h"
#include "common/event/reference.h"
#include "common/event/timestamp.h"
#include "common/event/unpack.h"
#include "redress/v1/billing_event.pb-c.h"

#define HOUR_US INT64_C(3600000000)
/* Clocks of senders go ahead now and then: so much is taken for now. */
#define AHEAD_US INT64_C(60000000)

static void problem(struct acting *g, struct order *o, const char *path, const char *code, const char *message)
{
    deed_problem(g->w->batch->arena, &o->problems, path, code, message);
}

/* ---- reading ---- */

static void check_reference(struct acting *g, struct order *o)
{
    const Redress__V1__Command *m = o->message;

    if (!text_is_echoable(m->source, strlen(m->source), REFERENCE_MAX))
        problem(g, o, "source", "required", "it must be given: 1 to 256 bytes without control characters");
    if (!text_is_echoable(m->command_id, strlen(m->command_id), REFERENCE_MAX))
        problem(g, o, "command_id", "required", "it must be given: 1 to 256 bytes without control characters");
    o->load = work_load(g->w, m->tenant);
    if (!o->load)
        problem(g, o, "tenant", *m->tenant ? "unknown_tenant" : "required", "it must be the code of a known tenant");
}

/* A UUID, or a number to be looked up. */
static void read_name(const char *tenant, const char *id, const char *number, struct named_case *ret)
{
    *ret = (struct named_case){ .tenant = tenant, .number = number };
    if (*id && uuid_parse(id, strlen(id), &ret->id))
        ret->number = "";
}

static void check_subject(struct acting *g, struct order *o)
{
    const Redress__V1__Command *m = o->message;

    read_name(m->tenant, m->complaint_id, m->complaint_number, &o->subject);
    if (*m->complaint_id && uuid_is_nil(&o->subject.id))
        problem(g, o, "complaint_id", "invalid_id", "it is not a UUID");
    else if (!*m->complaint_id && !*m->complaint_number)
        problem(g, o, "complaint_number", "required", "complaint_number or complaint_id must be given");
    else if (strlen(m->complaint_number) > DEED_CODE_MAX)
        problem(g, o, "complaint_number", "too_long", "no complaint has such a number");
    if (m->expected_version && m->expected_version->value < 1)
        problem(g, o, "expected_version", "out_of_range", "the version must be 1 or higher");
}

static void check_actor(struct acting *g, struct order *o)
{
    const char *actor = o->message->actor;

    if (!*actor)
        problem(g, o, "actor", "required", "it must be given: a staff id, complainant, or agent:<id>");
    else if (strlen(actor) > DEED_CODE_MAX || text_has_control(actor, strlen(actor)))
        problem(g, o, "actor", "invalid_actor", "it is too long or has control characters");
    else if (strcmp(actor, "complainant") != 0 && !(strncmp(actor, "agent:", 6) == 0 && actor[6]) &&
             tenant_staff(o->load->tenant, actor) < 0)
        problem(g, o, "actor", "unknown_staff", "the tenant has no member of staff of this id");
}

static void check_time(struct acting *g, struct order *o)
{
    const Google__Protobuf__Timestamp *at = o->message->at;
    int64_t now_us = g->w->batch->now_us;

    o->at_us = now_us;
    if (!at)
        return;
    if (at->seconds < 0 || at->seconds > INT64_C(253402300799) || at->nanos < 0 || at->nanos > 999999999) {
        problem(g, o, "at", "out_of_range", "it is no time");
        return;
    }
    o->at_us = timestamp_read(at);
    if (o->at_us > now_us + AHEAD_US)
        problem(g, o, "at", "in_future", "it lies in the future");
    else if (o->at_us < now_us - o->load->tenant->handling.backdate_hours * HOUR_US)
        problem(g, o, "at", "too_old",
                arena_printf(g->w->batch->arena, "what is told may have been done at most %d hours ago",
                             o->load->tenant->handling.backdate_hours));
    if (o->at_us > now_us)
        o->at_us = now_us;
}

static void check_command(struct acting *g, struct order *o)
{
    const Redress__V1__Merge *merge;

    o->what = deed_of(o->message, &o->fields);
    if (o->what == CASE_COMMAND_COUNT) {
        problem(g, o, "command", "required", "one of the commands must be given");
        return;
    }
    deed_check(g->w->batch->arena, o->load->tenant, o->what, o->fields, &o->problems);
    if (o->what == CMD_MERGE) {
        merge = (const Redress__V1__Merge *)o->fields;
        read_name(o->message->tenant, merge->into, merge->into, &o->into);
    }
}

struct order *order_read(struct acting *g, const struct record *rec)
{
    struct order *o = &g->commands[g->command_count++];
    const Redress__V1__Command *m = (const Redress__V1__Command *)rec->message;
    const void *packed;
    size_t len;

    *o = (struct order){ .rec = rec, .message = m, .what = CASE_COMMAND_COUNT };
    o->to = outcome_address_of(g->w->batch->arena, rec, m->tenant, m->source, m->command_id);
    check_reference(g, o);
    if (!o->load)
        return o; /* whatever else is wrong hangs on the tenant */
    check_subject(g, o);
    check_actor(g, o);
    check_time(g, o);
    check_command(g, o);
    o->key = (struct answered){ .tenant = m->tenant, .source = m->source, .command_id = m->command_id };
    packed = event_pack(g->w->batch->arena, &m->base, &len);
    sha256(packed, len, o->digest);
    memcpy(o->key.digest, o->digest, SHA256_BYTES);
    return o;
}

/* ---- refusing ---- */

static void keep_refusal(struct acting *g, struct order *o)
{
    Redress__V1__Refusal m = REDRESS__V1__REFUSAL__INIT;

    m.code = (char *)(uintptr_t)o->refusal.code;
    m.rule = (char *)(uintptr_t)o->refusal.rule;
    m.message = (char *)(uintptr_t)o->refusal.message;
    m.state = (char *)(uintptr_t)o->refusal.state;
    m.allowed = (char **)(uintptr_t)o->refusal.allowed;
    while (m.allowed && m.allowed[m.n_allowed])
        m.n_allowed++;
    o->key.refusal = event_pack(g->w->batch->arena, &m.base, &o->key.refusal_len);
}

void order_refuse(struct acting *g, struct order *o, struct case_state *c, struct handling *h)
{
    const struct refusal *why = &h->refusal;

    o->refusal = (struct refusal_text){ .code = why->code,
                                        .rule = why->rule,
                                        .message = arena_printf(h->arena, "%s (%s)", why->chinese, why->english),
                                        .state = case_status_name((int)c->status),
                                        .allowed = handling_allowed(h, c, o->message->actor) };
    keep_refusal(g, o);
}

/* Nothing is kept of it: the case may be on its way here, and the same command sent again finds it. */
void order_unknown(struct acting *g, struct order *o)
{
    o->refusal =
        (struct refusal_text){ .code = "unknown_complaint",
                               .rule = "",
                               .message = "没有此投诉单，或尚未派单，可稍后重发 (there is no such complaint, or it "
                                          "is not assigned yet: send it again)",
                               .state = "" };
    keep_refusal(g, o);
}

/* ---- answering ---- */

static const char *result_name(Redress__V1__OutcomeResult result)
{
    static const char *const names[] = { "", "accepted", "duplicate", "conflict", "rejected", "refused" };

    return names[result];
}

/* What became of the reference's first command, told to this one. */
static Redress__V1__OutcomeResult result_of(const struct order *o, const struct answered *key)
{
    bool same = memcmp(o->digest, key->digest, SHA256_BYTES) == 0;

    if (!same)
        return REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_CONFLICT;
    if (key->refusal)
        return REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_REFUSED;
    return o->first || key->known ? REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_DUPLICATE
                                  : REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_ACCEPTED;
}

static Redress__V1__Refusal *refusal_of(struct arena *a, const struct answered *key)
{
    struct field_problem ignored;
    ProtobufCMessage *m;

    if (!key->refusal ||
        event_unpack(a, &redress__v1__refusal__descriptor, key->refusal, key->refusal_len, &m, &ignored) != 0)
        return NULL;
    return (Redress__V1__Refusal *)m;
}

static int reject(struct acting *g, struct order *o, struct metric *count)
{
    if (!outcome_is_answerable(&o->to)) {
        outcome_unanswerable(g->w->batch, o->rec, &o->to, o->problems.items);
        return 0;
    }
    metric_add(count, "rejected", 1);
    return outcome_reject(g->w->batch, o->what == CASE_COMMAND_COUNT ? "" : case_commands[o->what].name, o->rec, &o->to,
                          o->load ? o->load->tenant->id : "", o->problems.items, o->problems.count);
}

int order_answer(struct acting *g, struct order *o, struct metric *count)
{
    const struct answered *key = o->first ? &o->first->key : &o->key;
    Redress__V1__Outcome m = REDRESS__V1__OUTCOME__INIT;
    char id[UUID_TEXT_SIZE] = "";

    if (o->problems.count)
        return reject(g, o, count);
    m.result = result_of(o, key);
    m.command = (char *)(uintptr_t)case_commands[o->what].name;
    m.complaint_number = o->message->complaint_number;
    m.complaint_version = key->version;
    if (m.result == REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_REFUSED)
        m.refusal = refusal_of(g->w->batch->arena, key);
    if (!uuid_is_nil(&key->complaint))
        uuid_format(&key->complaint, id);
    m.complaint_id = id;
    metric_add(count, result_name(m.result), 1);
    return outcome_emit(g->w->batch, &m, o->rec, &o->to, o->load->tenant->id);
}

int order_answer_undecodable(struct acting *g, const struct record *rec)
{
    struct outcome_address to = outcome_address_of(g->w->batch->arena, rec, NULL, NULL, NULL);
    const struct tenant *t = tenant_set_find(g->w->state->tenants, to.tenant); /* no record that was read names it */

    if (!outcome_is_answerable(&to))
        return 0;
    return outcome_reject(g->w->batch, "", rec, &to, t ? t->id : "", &rec->problem, 1);
}

/* ---- the bill ---- */

int bill_emit(struct acting *g, const struct record *cause, const struct case_bill *bill)
{
    struct arena *a = g->w->batch->arena;
    const struct work_order *o = bill->order;
    Redress__V1__BillingEvent m = REDRESS__V1__BILLING_EVENT__INIT;
    Google__Protobuf__Timestamp at = timestamp_of(g->w->batch->now_us);
    Redress__V1__QuoteLine *lines = arena_array(a, Redress__V1__QuoteLine, o->line_count + 1);
    char *id = arena_alloc(a, UUID_TEXT_SIZE);

    uuid_format(&bill->on->id, id);
    m.tenant = (char *)(uintptr_t)bill->on->tenant;
    m.complaint_id = id;
    m.complaint_number = (char *)(uintptr_t)bill->on->number;
    m.project_code = (char *)(uintptr_t)bill->on->project;
    m.building = (char *)(uintptr_t)bill->on->building;
    m.home_key = (char *)(uintptr_t)bill->on->home_key;
    m.at = &at;
    m.work_order = o->number;
    m.quote = o->approved;
    m.total_fen = o->total_fen;
    m.n_lines = o->line_count;
    m.lines = arena_array(a, Redress__V1__QuoteLine *, o->line_count + 1);
    for (size_t i = 0; i < o->line_count; i++) {
        redress__v1__quote_line__init(&lines[i]);
        lines[i].item = (char *)(uintptr_t)o->lines[i].item;
        lines[i].quantity_milli = o->lines[i].quantity_milli;
        lines[i].unit_price_fen = o->lines[i].unit_price_fen;
        lines[i].amount_fen = o->lines[i].amount_fen;
        m.lines[i] = &lines[i];
    }
    return batch_emit(g->w->batch, &(struct emission){ .topic = TOPIC_BILLING,
                                                       .key = id,
                                                       .tenant = bill->on->tenant,
                                                       .message = &m.base,
                                                       .type = "redress.v1.BillingEvent",
                                                       .cause = cause });
}
