/* Complaint events: what is new becomes a case, classified and given to somebody; all else is ours already, or shows
 * that something is missing. */
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/event/timestamp.h"
#include "common/runtime/complaints.h"
#include "work.h"

static struct metric metric_cases = { "redress_dispatch_cases_total",
                                      "New cases decided, by how the category was found.", METRIC_COUNTER,
                                      .label = "category_source" };

void registrations_metrics(void)
{
    metric_register(&metric_cases);
}

struct registering {
    struct work *w;
    struct case_set cases;
    struct new_case *created;
    size_t created_count;
};

/* Every complaint of the batch once; rec->user is its row, NULL where the record was set aside. */
static void collect_cases(struct registering *g)
{
    struct batch *b = g->w->batch;

    case_set_init(&g->cases, b->arena, (size_t)b->count);
    BATCH_FOREACH (b, rec) {
        struct uuid id;

        if (strcmp(rec->topic->name, TOPIC_COMPLAINTS) == 0)
            rec->user = complaint_identify(b, rec, &id) ? case_set_add(&g->cases, &id) : NULL;
    }
}

/* Sets aside what cannot be applied. true: the record is a registration that makes a case. */
static bool is_new(struct registering *g, struct record *rec)
{
    const Redress__V1__ComplaintEvent *e = event_of(rec);
    struct batch *b = g->w->batch;
    const struct case_row *row = rec->user;

    if (!row || !complaint_is_next(b, rec, row->version))
        return false; /* set aside, or applied before: our own events come back this way */
    if (e->version != 1) {
        complaint_refuse(b, rec, "version_gap", "what dispatch itself told is missing from its tables");
        return false;
    }
    if (e->event_case != REDRESS__V1__COMPLAINT_EVENT__EVENT_REGISTERED || !e->registered) {
        complaint_refuse(b, rec, "unexpected_event", "the first event of a complaint must be its registration");
        return false;
    }
    if (!rec->hash) {
        complaint_refuse(b, rec, "missing_hash", "the record has no header redress-hash to continue the chain from");
        return false;
    }
    if (!work_load(g->w, e->tenant)) {
        complaint_refuse(b, rec, "unknown_tenant", "dispatch has no settings of this tenant; load them and retry");
        return false;
    }
    return true;
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

static const char *source_name(Redress__V1__CategorySource source)
{
    if (source == REDRESS__V1__CATEGORY_SOURCE__CATEGORY_SOURCE_SENDER)
        return "sender";
    return source == REDRESS__V1__CATEGORY_SOURCE__CATEGORY_SOURCE_KEYWORDS ? "keywords" : "by_hand";
}

static struct case_state *state_of(struct registering *g, const struct record *rec, const struct new_case *n)
{
    const Redress__V1__Assigned *a = &n->decision.assigned;
    const Redress__V1__ComplaintEvent *e = n->event;
    struct batch *b = g->w->batch;
    struct case_state *c = arena_new(b->arena, struct case_state);

    *c = (struct case_state){
        .id = ((const struct case_row *)rec->user)->id,
        .tenant = e->tenant,
        .number = e->complaint_number,
        .project = e->project_code,
        .building = e->registered->building,
        .home_key = e->registered->home_key,
        .complainant_key = e->registered->complainant_key,
        .category = a->category_code,
        .severity = (int)a->severity,
        .complexity = (int)a->complexity,
        .received_us = timestamp_read(e->registered->received_at),
        .registered_us = timestamp_read(e->registered->registered_at),
        .amount_fen = e->registered->amount_fen ? e->registered->amount_fen->value : 0,
        .status = n->decision.status,
        .since_us = b->now_us,
        .department = a->department_code,
        .assignee = a->assignee_id,
        .assignee_role = (int)a->assignee_role,
        .assigned_us = b->now_us,
        .level = REDRESS__V1__ESCALATION_LEVEL__ESCALATION_LEVEL_HANDLER,
        .version = 1,
    };
    memcpy(c->head, rec->hash, sizeof(c->head));
    return c;
}

static int create(struct registering *g, struct record *rec)
{
    struct work *w = g->w;
    struct case_row *row = rec->user;
    const Redress__V1__ComplaintEvent *e = event_of(rec);
    struct tenant_load *l = work_load(w, e->tenant);
    struct new_case *n = &g->created[g->created_count];
    struct decision_request request = {
        .tenant = l->tenant, .event = e, .texts = &row->texts, .load = l->load, .today = l->today
    };
    int r;

    check_texts(e, row);
    arena_reset(&w->state->scratch);
    *n = (struct new_case){ .event = e };
    r = decide(&request, &w->state->scratch, w->batch->arena, &n->decision);
    if (r < 0)
        return r;
    assign_count(l->load, &n->decision.to, w->batch->now_us);
    n->state = state_of(g, rec, n);
    row->state = n->state;
    row->weigh = n->state->amount_fen > 0;
    row->version = 2;
    g->created_count++;
    metric_add(&metric_cases, source_name(n->decision.assigned.category_source), 1);
    return work_emit(w, rec, n->state, "system:dispatch", w->batch->now_us, "assigned", &n->decision.assigned.base,
                     NULL, 0);
}

static int create_all(struct registering *g)
{
    struct batch *b = g->w->batch;

    g->created = arena_array(b->arena, struct new_case, g->cases.ids.count + 1);
    BATCH_FOREACH (b, rec) {
        int r = 0;

        if (strcmp(rec->topic->name, TOPIC_COMPLAINTS) == 0 && is_new(g, rec))
            r = create(g, rec);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- what follows ---- */

static void tell_recurrence(struct handling *h, struct new_case *n)
{
    Redress__V1__Recurred *e;
    char *id;

    if (uuid_is_nil(&n->earlier))
        return;
    id = arena_alloc(h->arena, UUID_TEXT_SIZE);
    uuid_format(&n->earlier, id);
    e = (Redress__V1__Recurred *)deed_event(h->arena, "recurred", NULL);
    e->earlier_id = id;
    e->earlier_number = (char *)(uintptr_t)n->earlier_number;
    e->times = n->earlier_count + 1;
    n->state->facts |= FACT_RECURRENCE;
    handling_tell(h, n->state, "recurred", &e->base);
}

/* R34: the tables do not have the batch's own cases yet; those that came before this one count. */
static int64_t home_amount_fen(const struct registering *g, const struct new_case *n)
{
    int64_t sum_fen = case_set_get(&g->cases, &n->state->id)->home_amount_fen;

    if (!n->state->amount_fen || !*n->state->home_key)
        return sum_fen;
    for (const struct new_case *before = g->created; before < n; before++)
        if (before->state->amount_fen && strcmp(before->state->home_key, n->state->home_key) == 0)
            sum_fen += before->state->amount_fen;
    return sum_fen;
}

static int follow_up(struct registering *g, struct new_case *n)
{
    struct work *w = g->w;
    struct tenant_load *l = work_load(w, n->state->tenant);
    struct handling h = { .arena = w->batch->arena,
                          .tenant = l->tenant,
                          .load = l->load,
                          .today = l->today,
                          .now_us = w->batch->now_us,
                          .home_amount_fen = home_amount_fen(g, n) };
    int r = 0;

    tell_recurrence(&h, n);
    handling_begin(&h, n->state);
    for (size_t i = 0; r == 0 && i < h.event_count; i++)
        r = work_emit(w, NULL, h.events[i].on, "system:dispatch", w->batch->now_us, h.events[i].member,
                      h.events[i].message, NULL, 0);
    return r;
}

static bool any_to_create(struct registering *g)
{
    bool any = false;

    for (size_t i = 0; i < g->cases.ids.count; i++) {
        g->cases.rows[i].wants_texts = g->cases.rows[i].version == 0;
        any = any || g->cases.rows[i].wants_texts;
    }
    return any;
}

int registrations_process(struct work *w)
{
    _cleanup_(pg_result_freep) struct pg_result *texts = NULL;
    struct registering g = { .w = w };
    struct batch *b = w->batch;
    int r;

    collect_cases(&g);
    r = g.cases.ids.count > 0 ? store_load_versions(b, &g.cases) : 0;
    if (r == 0 && any_to_create(&g))
        r = store_load_texts(b, &g.cases, &texts);
    if (r == 0)
        r = create_all(&g);
    if (r == 0)
        r = store_find_earlier(b, g.created, g.created_count, w->loads, w->load_count);
    if (r == 0)
        r = store_load_home_amounts(b, &g.cases);
    for (size_t i = 0; r == 0 && i < g.created_count; i++)
        r = follow_up(&g, &g.created[i]);
    return r < 0 ? r : store_insert_cases(b, g.created, g.created_count);
}
