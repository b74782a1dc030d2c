/* The daemon: its tenants, and one batch of what it listens to. */
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/event/timestamp.h"
#include "common/runtime/complaints.h"
#include "dispatch.h"
#include "dispatch_sql.h"
#include "keeping.h"
#include "normalise.h"
#include "redress/v1/sla_event.pb-c.h"
#include "work.h"

/* Rows are looked up by primary key, always: a plan made while a table was empty or never analysed must not read all of
 * it later on. The small settings tables are read whole regardless. */
#define SESSION                                                                                                        \
    "SET enable_seqscan = off; SET enable_bitmapscan = off; SET jit = off; SET plan_cache_mode = force_generic_plan"

/* ---- kept in memory ---- */

static void dispatch_on_stop(struct daemon *d)
{
    struct dispatch *state = daemon_state(d);

    if (!state)
        return;
    tenant_set_free(state->tenants);
    arena_done(&state->scratch);
    free(state);
    daemon_set_state(d, NULL);
}

static int dispatch_on_start(struct daemon *d)
{
    struct dispatch *state = calloc(1, sizeof(*state));
    int r;

    if (!state)
        return err_set(ERR_FATAL, "no memory");
    state->tenants = tenant_set_new();
    state->refit_revision = -1;
    arena_init(&state->scratch, 0);
    daemon_set_state(d, state);
    registrations_metrics();
    acting_metrics();
    retention_metrics();
    anchors_metrics();
    r = pg_script(daemon_pg(d), SESSION);
    if (r == 0)
        r = tenant_set_refresh(state->tenants, daemon_pg(d));
    if (r < 0)
        dispatch_on_stop(d); /* not called for what did not start */
    return r;
}

static int dispatch_on_prepare(struct batch *b)
{
    struct dispatch *state = daemon_state(b->daemon);

    return tenant_set_refresh(state->tenants, b->pg);
}

/* ---- one batch ---- */

struct tenant_load *work_load(struct work *w, const char *tenant_id)
{
    for (size_t i = 0; i < w->load_count; i++)
        if (strcmp(w->loads[i].tenant->id, tenant_id) == 0)
            return &w->loads[i];
    return NULL;
}

static const char *tenant_of(const struct record *rec)
{
    if (strcmp(rec->topic->name, TOPIC_COMPLAINTS) == 0)
        return event_of(rec)->tenant;
    if (strcmp(rec->topic->name, TOPIC_COMMANDS) == 0)
        return ((const Redress__V1__Command *)rec->message)->tenant;
    return ((const Redress__V1__SlaEvent *)rec->message)->tenant;
}

static void collect_tenants(struct work *w)
{
    w->loads = arena_array(w->batch->arena, struct tenant_load, tenant_set_count(w->state->tenants) + 1);
    BATCH_FOREACH (w->batch, rec) {
        const struct tenant *t;

        if (work_load(w, tenant_of(rec)) || !(t = tenant_set_find(w->state->tenants, tenant_of(rec))))
            continue;
        w->loads[w->load_count++] = (struct tenant_load){ .tenant = t, .today = tenant_today(t, w->batch->now_us) };
    }
}

void work_load_tenants(struct work *w)
{
    size_t count = tenant_set_count(w->state->tenants);

    w->loads = arena_array(w->batch->arena, struct tenant_load, count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct tenant *t = tenant_set_at(w->state->tenants, i);

        w->loads[w->load_count++] = (struct tenant_load){ .tenant = t, .today = tenant_today(t, w->batch->now_us) };
    }
}

/* The message stands in the oneof as a pointer, whichever member it is. */
static void set_member(Redress__V1__ComplaintEvent *e, const char *member, ProtobufCMessage *message)
{
    const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(e->base.descriptor, member);

    e->event_case = (Redress__V1__ComplaintEvent__EventCase)f->id;
    *(ProtobufCMessage **)((char *)e + f->offset) = message;
}

static void add_digests(struct arena *a, Redress__V1__ComplaintEvent *e, const struct deed_text *texts, size_t count)
{
    Redress__V1__TextDigest *items = arena_array(a, Redress__V1__TextDigest, count + 1);

    e->texts = arena_array(a, Redress__V1__TextDigest *, count + 1);
    for (size_t i = 0; i < count; i++) {
        redress__v1__text_digest__init(&items[i]);
        items[i].field = (char *)(uintptr_t)texts[i].field;
        items[i].sha256 = (ProtobufCBinaryData){ SHA256_BYTES, (uint8_t *)(uintptr_t)texts[i].sha256 };
        e->texts[e->n_texts++] = &items[i];
    }
}

int work_emit(struct work *w, const struct record *cause, struct case_state *c, const char *actor, int64_t at_us,
              const char *member, ProtobufCMessage *message, const struct deed_text *texts, size_t text_count)
{
    Redress__V1__ComplaintEvent e = REDRESS__V1__COMPLAINT_EVENT__INIT;
    Google__Protobuf__Timestamp at = timestamp_of(at_us);
    struct arena *a = w->batch->arena;
    char *id = arena_alloc(a, UUID_TEXT_SIZE);

    uuid_format(&c->id, id);
    e.tenant = (char *)(uintptr_t)c->tenant;
    e.complaint_id = id;
    e.complaint_number = (char *)(uintptr_t)c->number;
    e.version = ++c->version;
    e.at = &at;
    e.project_code = (char *)(uintptr_t)c->project;
    e.actor = (char *)(uintptr_t)actor;
    add_digests(a, &e, texts, text_count);
    set_member(&e, member, message);
    return batch_emit(w->batch, &(struct emission){ .topic = TOPIC_COMPLAINTS,
                                                    .key = id,
                                                    .tenant = c->tenant,
                                                    .message = &e.base,
                                                    .type = arena_printf(a, "redress.v1.ComplaintEvent.%s", member),
                                                    .aggregate_id = c->id,
                                                    .aggregate_version = c->version,
                                                    .head = c->head,
                                                    .cause = cause });
}

const struct str *work_names_in(struct arena *a, const struct complaint_texts *t, size_t *ret_count)
{
    const struct str written[] = { t->description, t->goods_or_service, t->demand };
    struct str *texts = arena_array(a, struct str, 3);

    for (size_t i = 0; i < 3; i++)
        texts[i] = normalise(a, written[i].data, written[i].len);
    *ret_count = 3;
    return texts;
}

/* Undecodable ones, too: a command is answered whatever it is. */
static bool any_of(const struct batch *b, const char *topic)
{
    for (int i = 0; i < b->count; i++)
        if ((b->records[i].state == RECORD_READY || b->records[i].state == RECORD_UNDECODABLE) &&
            strcmp(b->records[i].topic->name, topic) == 0)
            return true;
    return false;
}

/* Of clocks only points: that they start, pause and end is for others. Of complaints all, because a version that is
 * missing shows (registrations.c). */
static bool dispatch_wants(const struct topic *topic, const char *type)
{
    return strcmp(topic->name, TOPIC_SLA) != 0 || point_is(type);
}

/* Our own events come back and change nothing: nobody is given anything then. */
static bool needs_people(const struct batch *b)
{
    BATCH_FOREACH (b, rec)
        if (strcmp(rec->topic->name, TOPIC_COMPLAINTS) != 0 || event_of(rec)->version == 1)
            return true;
    return false;
}

static int dispatch_on_batch(struct batch *b)
{
    struct work w = { .batch = b, .state = daemon_state(b->daemon) };
    int r;

    collect_tenants(&w);
    r = w.load_count && needs_people(b) ? store_load_workload(b, w.loads, w.load_count) : 0;
    if (r == 0 && any_of(b, TOPIC_COMPLAINTS))
        r = registrations_process(&w);
    if (r == 0 && (any_of(b, TOPIC_COMMANDS) || any_of(b, TOPIC_SLA)))
        r = acting_process(&w);
    return r < 0 ? r : store_add_workload(b, w.loads, w.load_count);
}

const struct daemon_spec dispatch_spec = {
    .name = "dispatch",
    .summary = "classifies each complaint, gives it to somebody, and carries it to its close",
    .listens_to = { TOPIC_COMPLAINTS, TOPIC_COMMANDS, TOPIC_SLA },
    .wants = dispatch_wants,
    .on_start = dispatch_on_start,
    .on_stop = dispatch_on_stop,
    .on_prepare = dispatch_on_prepare,
    .on_batch = dispatch_on_batch,
    .timers = { { "retention", RETENTION_EVERY_MS, retention_run },
                { "anchors", ANCHORS_EVERY_MS, anchors_run },
                { "refit", REFIT_EVERY_MS, refit_run },
                { "purge", PURGE_EVERY_MS, purge_run },
                { "early", EARLY_EVERY_MS, early_run } },
    .statements = dispatch_statements,
    .migrations = dispatch_migrations,
};
