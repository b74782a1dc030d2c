/* One batch of complaint events: what is new becomes a case, classified and given to somebody; all else is ours
 * already, or shows that something is missing. */
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/runtime/complaints.h"
#include "dispatch.h"
#include "dispatch_sql.h"
#include "normalise.h"
#include "store.h"

#define ACTOR "system:dispatch"

/* Rows are looked up by primary key, always: a plan made while a table was empty or never analysed must not read all of
 * it later on. The small settings tables are read whole regardless. */
#define SESSION                                                                                                        \
    "SET enable_seqscan = off; SET enable_bitmapscan = off; SET jit = off; SET plan_cache_mode = force_generic_plan"

static struct metric metric_cases = { "redress_dispatch_cases_total",
                                      "New cases decided, by how the category was found.", METRIC_COUNTER,
                                      .label = "category_source" };

/* ---- kept in memory ---- */

struct dispatch {
    struct tenant_set *tenants;
    struct arena scratch; /* for one complaint at a time */
};

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
    arena_init(&state->scratch, 0);
    daemon_set_state(d, state);
    metric_register(&metric_cases);
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

struct work {
    struct batch *batch;
    struct dispatch *state;
    struct case_set cases;
    struct tenant_load *loads;
    size_t load_count;
    struct new_case *created;
    size_t created_count;
};

/* Every complaint of the batch once; rec->user is its row, NULL where the record was set aside. */
static void collect_cases(struct work *w)
{
    case_set_init(&w->cases, w->batch->arena, (size_t)w->batch->count);
    BATCH_FOREACH (w->batch, rec) {
        struct uuid id;

        rec->user = complaint_identify(w->batch, rec, &id) ? case_set_add(&w->cases, &id) : NULL;
    }
}

/* Sets aside what cannot be applied. true: the record is a registration that makes a case. */
static bool is_new(struct work *w, struct record *rec)
{
    const Redress__V1__ComplaintEvent *e = event_of(rec);
    const struct case_row *row = rec->user;

    if (!row || !complaint_is_next(w->batch, rec, row->version))
        return false; /* set aside, or applied before: our own events come back this way */
    if (e->version != 1) {
        complaint_refuse(w->batch, rec, "version_gap", "what dispatch itself told is missing from its tables");
        return false;
    }
    if (e->event_case != REDRESS__V1__COMPLAINT_EVENT__EVENT_REGISTERED || !e->registered) {
        complaint_refuse(w->batch, rec, "unexpected_event", "the first event of a complaint must be its registration");
        return false;
    }
    if (!rec->hash) {
        complaint_refuse(w->batch, rec, "missing_hash",
                         "the record has no header redress-hash to continue the chain from");
        return false;
    }
    if (!tenant_set_find(w->state->tenants, e->tenant)) {
        complaint_refuse(w->batch, rec, "unknown_tenant",
                         "dispatch has no settings of this tenant; load them and retry");
        return false;
    }
    return true;
}

static struct tenant_load *load_of(struct work *w, const char *tenant_id)
{
    for (size_t i = 0; i < w->load_count; i++)
        if (strcmp(w->loads[i].tenant->id, tenant_id) == 0)
            return &w->loads[i];
    return NULL;
}

static void collect_tenants(struct work *w)
{
    w->loads = arena_array(w->batch->arena, struct tenant_load, tenant_set_count(w->state->tenants) + 1);
    BATCH_FOREACH (w->batch, rec) {
        const char *id = event_of(rec)->tenant;
        const struct tenant *t;

        if (!rec->user || load_of(w, id) || !(t = tenant_set_find(w->state->tenants, id)))
            continue;
        w->loads[w->load_count++] = (struct tenant_load){ .tenant = t, .today = tenant_today(t, w->batch->now_us) };
    }
}

/* An empty text and an empty digest go together; so do an empty text and the digest of nothing. */
static bool digest_matches(struct str text, const ProtobufCBinaryData *digest)
{
    unsigned char own[SHA256_BYTES];

    if (digest->len == 0)
        return text.len == 0;
    sha256(text.data ? text.data : "", text.len, own);
    return digest->len == SHA256_BYTES && memcmp(digest->data, own, SHA256_BYTES) == 0;
}

/* What the event vouches for is what may be judged. */
static void check_texts(const Redress__V1__ComplaintEvent *e, struct case_row *row)
{
    row->texts.trusted = row->has_texts && digest_matches(row->texts.description, &e->registered->description_sha256) &&
                         digest_matches(row->texts.demand, &e->registered->demand_sha256);
    if (!row->texts.trusted)
        log_error("texts are missing or differ from their digests: to be classified by hand",
                  LOG_STR("tenant", e->tenant), LOG_STR("complaint", e->complaint_id));
}

static int emit(struct work *w, const struct record *rec, struct new_case *n)
{
    struct batch *b = w->batch;
    Google__Protobuf__Timestamp at;
    Redress__V1__ComplaintEvent out;

    google__protobuf__timestamp__init(&at);
    at.seconds = b->now_us / 1000000;
    at.nanos = (int32_t)(b->now_us % 1000000) * 1000;
    redress__v1__complaint_event__init(&out);
    out.tenant = n->event->tenant;
    out.complaint_id = n->event->complaint_id;
    out.complaint_number = n->event->complaint_number;
    out.version = n->version;
    out.at = &at;
    out.project_code = n->event->project_code;
    out.actor = (char *)(uintptr_t)ACTOR;
    out.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_ASSIGNED;
    out.assigned = &n->decision.assigned;
    return batch_emit(b, &(struct emission){
                             .topic = TOPIC_COMPLAINTS,
                             .key = n->event->complaint_id,
                             .tenant = n->event->tenant,
                             .message = &out.base,
                             .type = "redress.v1.ComplaintEvent.assigned",
                             .aggregate_id = n->id,
                             .aggregate_version = n->version,
                             .head = n->head,
                             .cause = rec,
                         });
}

static const char *source_name(Redress__V1__CategorySource source)
{
    if (source == REDRESS__V1__CATEGORY_SOURCE__CATEGORY_SOURCE_SENDER)
        return "sender";
    return source == REDRESS__V1__CATEGORY_SOURCE__CATEGORY_SOURCE_KEYWORDS ? "keywords" : "by_hand";
}

static int create(struct work *w, struct record *rec)
{
    struct case_row *row = rec->user;
    const Redress__V1__ComplaintEvent *e = event_of(rec);
    struct tenant_load *l = load_of(w, e->tenant);
    struct new_case *n = &w->created[w->created_count];
    struct decision_request request = {
        .tenant = l->tenant, .event = e, .texts = &row->texts, .load = l->load, .today = l->today
    };
    int r;

    check_texts(e, row);
    arena_reset(&w->state->scratch);
    *n = (struct new_case){ .id = row->id, .event = e, .version = e->version + 1 };
    r = decide(&request, &w->state->scratch, w->batch->arena, &n->decision);
    if (r < 0)
        return r;
    assign_count(l->load, &n->decision.to, w->batch->now_us);
    memcpy(n->head, rec->hash, sizeof(n->head));
    row->version = n->version;
    w->created_count++;
    return emit(w, rec, n);
}

static int create_all(struct work *w)
{
    w->created = arena_array(w->batch->arena, struct new_case, w->cases.ids.count + 1);
    BATCH_FOREACH (w->batch, rec) {
        int r = is_new(w, rec) ? create(w, rec) : 0;

        if (r < 0)
            return r;
    }
    return 0;
}

static bool any_to_create(const struct work *w)
{
    for (size_t i = 0; i < w->cases.ids.count; i++)
        if (w->cases.rows[i].version == 0)
            return true;
    return false;
}

static int dispatch_on_batch(struct batch *b)
{
    _cleanup_(pg_result_freep) struct pg_result *texts = NULL;
    struct work w = { .batch = b, .state = daemon_state(b->daemon) };
    int r;

    collect_cases(&w);
    r = w.cases.ids.count > 0 ? store_load_versions(b, &w.cases) : 0;
    if (r == 0 && any_to_create(&w)) {
        r = store_load_texts(b, &w.cases, &texts);
        if (r == 0) {
            collect_tenants(&w);
            r = store_load_workload(b, w.loads, w.load_count);
        }
    }
    if (r == 0)
        r = create_all(&w);
    if (r == 0)
        r = store_insert_cases(b, w.created, w.created_count);
    if (r == 0)
        r = store_add_workload(b, w.loads, w.load_count);
    for (size_t i = 0; r == 0 && i < w.created_count; i++)
        metric_add(&metric_cases, source_name(w.created[i].decision.assigned.category_source), 1);
    return r;
}

const struct daemon_spec dispatch_spec = {
    .name = "dispatch",
    .summary = "classifies each complaint and gives it to somebody",
    .listens_to = { TOPIC_COMPLAINTS },
    .on_start = dispatch_on_start,
    .on_stop = dispatch_on_stop,
    .on_prepare = dispatch_on_prepare,
    .on_batch = dispatch_on_batch,
    .statements = dispatch_statements,
    .migrations = dispatch_migrations,
};
