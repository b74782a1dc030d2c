#include "tell.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/event/timestamp.h"
#include "common/runtime/complaints.h"
#include "event_fields.h"
#include "fate.h"
#include "notice_file.h"
#include "progress.h"
#include "redress/v1/sla_event.pb-c.h"
#include "release.h"
#include "store.h"

/* Rows are looked up by key, whatever the tables' statistics say. */
#define SESSION                                                                                                        \
    "SET enable_seqscan = off; SET enable_bitmapscan = off; SET jit = off; SET plan_cache_mode = force_generic_plan"

static struct metric metric_planned = { "redress_notification_planned_total", "Messages planned, by channel.",
                                        METRIC_COUNTER, .label = "channel" };

/* ---- settings ---- */

/* An event without a route and without an explicit none would be passed over in silence. */
static void check_settings(struct daemon *d, const struct notice_tenants *tenants)
{
    struct strbuf why;
    struct arena a;

    arena_init(&a, 0);
    strbuf_init(&why, &a);
    strbuf_adds(&why, "");
    for (size_t i = 0; i < notice_tenants_count(tenants); i++) {
        const struct notice_tenant *t = notice_tenants_at(tenants, i);
        const char *const *missing = notice_missing_events(&a, &t->settings);

        if (*t->problem)
            strbuf_printf(&why, "%stenant %s: %s", why.len ? "; " : "", t->id, t->problem);
        else if (*missing)
            strbuf_printf(&why, "%stenant %s: no route and no none for %s", why.len ? "; " : "", t->id, *missing);
    }
    daemon_condition(d, "routes", why.data);
    arena_done(&a);
}

/* Once for each change: what is wrong is read again and again until it is put right. */
static void tell_news(const struct notice_tenants *tenants, int64_t revision_before)
{
    if (notice_tenants_revision(tenants) != revision_before)
        log_info("settings read", LOG_INT("revision", notice_tenants_revision(tenants)),
                 LOG_INT("tenants", (int64_t)notice_tenants_count(tenants)));
    for (size_t i = 0; i < notice_tenants_count(tenants); i++) {
        const struct notice_tenant *t = notice_tenants_at(tenants, i);

        if (t->is_news && *t->problem)
            log_error("nobody of this tenant is told anything", LOG_STR("tenant", t->id), LOG_STR("why", t->problem));
        else if (t->is_news)
            log_info("this tenant's messages go again", LOG_STR("tenant", t->id));
    }
}

static int refresh(struct daemon *d, struct pg_conn *pg)
{
    struct notification *n = daemon_state(d);
    int64_t revision = notice_tenants_revision(n->tenants);
    int r = notice_tenants_refresh(n->tenants, pg, daemon_master_key(d));

    if (r > 0) {
        tell_news(n->tenants, revision);
        check_settings(d, n->tenants);
    }
    return r < 0 ? r : 0;
}

int tell_on_start(struct daemon *d)
{
    struct notification *n = calloc(1, sizeof *n);
    int r;

    if (!n)
        abort();
    n->tenants = notice_tenants_new();
    daemon_set_state(d, n);
    metric_register(&metric_planned);
    fate_metrics();
    release_metrics();
    r = pg_script(daemon_pg(d), SESSION);
    if (r == 0)
        r = refresh(d, daemon_pg(d));
    if (r < 0)
        tell_on_stop(d); /* not called for what did not start */
    return r;
}

void tell_on_stop(struct daemon *d)
{
    struct notification *n = daemon_state(d);

    if (!n)
        return;
    notice_tenants_free(n->tenants);
    free(n);
    daemon_set_state(d, NULL);
}

int tell_on_prepare(struct batch *b)
{
    return refresh(b->daemon, b->pg);
}

/* ---- one batch ---- */

/* One event that somebody may be told of. */
struct telling {
    const struct record *record;
    struct told_case *about;
    const char *event, *key, *cause, *actor;
    int64_t version, at_us;
};

struct work {
    struct batch *batch;
    struct told_set cases;
    struct telling *tellings;
    size_t telling_count;
    struct cancellation *cancellations;
    size_t cancellation_count;
    struct found_staff *staff;
    size_t staff_count;
    struct found_bad *bad;
    size_t bad_count;
    struct message *messages;
    size_t message_count, message_cap;
};

static bool is_clock(const struct record *rec)
{
    return strcmp(rec->topic->name, TOPIC_SLA) == 0;
}

static const Redress__V1__SlaEvent *clock_of(const struct record *rec)
{
    return (const Redress__V1__SlaEvent *)rec->message;
}

/* Whose event it is; NULL: set aside. */
static struct told_case *case_of(struct work *w, struct record *rec)
{
    struct uuid id;

    if (!is_clock(rec))
        return complaint_identify(w->batch, rec, &id) ? notice_set_add(&w->cases, &id) : NULL;
    if (uuid_parse(clock_of(rec)->complaint_id, strlen(clock_of(rec)->complaint_id), &id) && clock_of(rec)->clock)
        return notice_set_add(&w->cases, &id);
    batch_dead_letter(w->batch, rec, "invalid_event", "a clock's event must have complaint_id and clock",
                      clock_of(rec)->tenant, "", "");
    return NULL;
}

static void collect_cases(struct work *w)
{
    struct batch *b = w->batch;

    notice_set_init(&w->cases, b->arena, (size_t)b->count + 1);
    w->tellings = arena_array(b->arena, struct telling, (size_t)b->count + 1);
    w->cancellations = arena_array(b->arena, struct cancellation, (size_t)b->count + 1);
    BATCH_FOREACH (b, rec)
        rec->user = case_of(w, rec);
}

/* One run of one clock. */
static const char *clock_cause(struct arena *a, const Redress__V1__PromisedClock *c)
{
    return arena_printf(a, "%s/%s/%d/%d", c->policy, c->name, (int)c->cycle, (int)c->work_order);
}

static void add_cancellation(struct work *w, const struct told_case *c, const char *cause, const char *why)
{
    w->cancellations[w->cancellation_count++] = (struct cancellation){ c->id, cause, why };
}

/* Why nothing from before this event is told any more; NULL: it is. */
static const char *end_of_case(const char *event)
{
    static const struct {
        const char *event, *why;
    } ends[] = { { "withdrawn", "withdrawn" }, { "merged", "merged into another" }, { "erased", "erased" } };

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (strcmp(ends[i].event, event) == 0)
            return ends[i].why;
    return NULL;
}

/* What is over is not told any more. */
static void cancel_what_is_over(struct work *w, const struct telling *t)
{
    if (end_of_case(t->event))
        add_cancellation(w, t->about, "*", end_of_case(t->event));
    if (strcmp(t->event, "sla.met") == 0)
        add_cancellation(w, t->about, t->cause, "the clock was met");
    else if (strcmp(t->event, "sla.ended") == 0)
        add_cancellation(w, t->about, t->cause, "the clock ended");
}

static void collect_clock(struct work *w, struct record *rec)
{
    const Redress__V1__SlaEvent *e = clock_of(rec);
    struct arena *a = w->batch->arena;
    struct telling *t = &w->tellings[w->telling_count++];
    const char *member = "";
    const ProtobufCMessage *m = event_member(rec->message, &member);
    const Redress__V1__ClockPoint *point = m ? (const Redress__V1__ClockPoint *)event_field_message(m, "point") : NULL;

    *t = (struct telling){ .record = rec, .about = rec->user, .actor = "system:watchdog" };
    t->event = arena_printf(a, "sla.%s", member);
    t->cause = clock_cause(a, e->clock);
    t->at_us = timestamp_read(e->at);
    /* a point comes once in a run; what else may come again differs in its time */
    t->key = point ? arena_printf(a, "%s:%s:%s:%d", e->complaint_id, t->event, t->cause, (int)point->percent)
                   : arena_printf(a, "%s:%s:%s:%" PRId64, e->complaint_id, t->event, t->cause, t->at_us);
    t->about->tenant = notice_tenants_find(((struct notification *)daemon_state(w->batch->daemon))->tenants, e->tenant);
    cancel_what_is_over(w, t);
}

static void collect_complaint(struct work *w, struct record *rec)
{
    const Redress__V1__ComplaintEvent *e = event_of(rec);
    struct told_case *c = rec->user;
    const char *member = "";
    struct telling *t;

    if (!complaint_is_next(w->batch, rec, c->version))
        return; /* set aside, or told before */
    c->version = e->version;
    c->changed = true;
    event_member(rec->message, &member);
    c->happened = progress_add(w->batch->arena, c->happened, member, timestamp_read(e->at));
    t = &w->tellings[w->telling_count++];
    *t = (struct telling){ .record = rec, .about = c, .event = member, .cause = "", .actor = e->actor };
    t->key = arena_printf(w->batch->arena, "%s:%" PRId64, e->complaint_id, e->version);
    t->version = e->version;
    t->at_us = timestamp_read(e->at);
    c->tenant = notice_tenants_find(((struct notification *)daemon_state(w->batch->daemon))->tenants, e->tenant);
    cancel_what_is_over(w, t);
}

static void collect_tellings(struct work *w)
{
    BATCH_FOREACH (w->batch, rec) {
        if (!rec->user)
            continue;
        if (is_clock(rec))
            collect_clock(w, rec);
        else
            collect_complaint(w, rec);
    }
    for (size_t i = 0; i < w->telling_count; i++) {
        const struct telling *t = &w->tellings[i];

        if (t->about->tenant && routing_wants(&t->about->tenant->settings, t->event))
            t->about->wanted = true;
    }
}

/* ---- whom it may reach ---- */

struct named_list {
    struct arena *arena;
    struct named_staff *items;
    size_t count, cap;
};

static void name_staff(struct named_list *l, const char *tenant, const char *id)
{
    if (!*id)
        return;
    l->items = arena_room(l->arena, l->items, l->count, &l->cap, sizeof *l->items, 64);
    l->items[l->count++] = (struct named_staff){ tenant, id };
}

static void name_people(struct named_list *l, const struct told_case *c)
{
    const struct notice_settings *s = &c->tenant->settings;

    name_staff(l, c->tenant->id, c->people.handler);
    name_staff(l, c->tenant->id, c->people.department_head);
    name_staff(l, c->tenant->id, c->people.customer_service);
    name_staff(l, c->tenant->id, c->people.duty);
    for (size_t i = 0; i < c->people.leader_count; i++)
        name_staff(l, c->tenant->id, c->people.leaders[i]);
    for (size_t i = 0; i < s->list_count; i++)
        for (size_t k = 0; k < s->lists[i].staff_count; k++)
            name_staff(l, c->tenant->id, s->lists[i].staff[k]);
}

static int load_staff(struct work *w)
{
    struct named_list names = { .arena = w->batch->arena };

    for (size_t i = 0; i < w->cases.ids.count; i++)
        if (w->cases.rows[i].loaded)
            name_people(&names, &w->cases.rows[i]);
    for (size_t i = 0; i < w->telling_count; i++) {
        const struct telling *t = &w->tellings[i];
        size_t count = 0;
        const char **ids = t->about->loaded ? routing_named(w->batch->arena, t->record->message, &count) : NULL;

        for (size_t k = 0; k < count; k++)
            name_staff(&names, t->about->tenant->id, ids[k]);
    }
    return notice_store_load_staff(w->batch, names.items, names.count, &w->staff, &w->staff_count);
}

/* Of one tenant's staff: they stand together. */
static void take_staff(struct work *w, struct told_case *c)
{
    struct person *staff = arena_array(w->batch->arena, struct person, w->staff_count + 1);

    for (size_t i = 0; i < w->staff_count; i++)
        if (strcmp(w->staff[i].tenant, c->tenant->id) == 0)
            staff[c->people.staff_count++] = w->staff[i].person;
    c->people.staff = staff;
}

static int load_bad(struct work *w)
{
    struct keyed_address *keys =
        arena_array(w->batch->arena, struct keyed_address, 3 * (w->cases.ids.count + w->staff_count) + 1);
    size_t count = 0;

    for (size_t i = 0; i < w->cases.ids.count; i++) {
        const struct told_case *c = &w->cases.rows[i];

        if (c->loaded && c->facts.complainant.phone)
            keys[count++] = (struct keyed_address){ c->tenant->id, c->facts.complainant.phone_key };
        if (c->loaded && c->facts.complainant.email)
            keys[count++] = (struct keyed_address){ c->tenant->id, c->facts.complainant.email_key };
        if (c->loaded && c->facts.complainant.wechat)
            keys[count++] = (struct keyed_address){ c->tenant->id, c->facts.complainant.wechat_key };
    }
    for (size_t i = 0; i < w->staff_count; i++) {
        keys[count++] = (struct keyed_address){ w->staff[i].tenant, w->staff[i].person.phone_key };
        keys[count++] = (struct keyed_address){ w->staff[i].tenant, w->staff[i].person.email_key };
    }
    return notice_store_load_bad(w->batch, keys, count, &w->bad, &w->bad_count);
}

/* ---- planning ---- */

/* Why it is told no more: an end that came later in the same batch; NULL: it is told. */
static const char *over_by(const struct work *w, const struct telling *t)
{
    for (const struct telling *later = t + 1; later < w->tellings + w->telling_count; later++) {
        if (later->about == t->about && *t->cause && strcmp(later->cause, t->cause) == 0 &&
            (strcmp(later->event, "sla.met") == 0 || strcmp(later->event, "sla.ended") == 0))
            return "the clock was met";
        if (later->about == t->about && end_of_case(later->event))
            return end_of_case(later->event);
    }
    return NULL;
}

static const struct bad_address *bad_of(struct work *w, const struct notice_tenant *t, size_t *ret_count)
{
    struct bad_address *bad = arena_array(w->batch->arena, struct bad_address, w->bad_count + 1);

    for (size_t i = 0; i < w->bad_count; i++)
        if (strcmp(w->bad[i].tenant, t->id) == 0)
            bad[(*ret_count)++] = w->bad[i].address;
    return bad;
}

static void plan(struct work *w, const struct telling *t)
{
    const struct told_case *c = t->about;
    struct routing r = {
        .tenant = c->tenant->id,
        .tenant_name = c->tenant->name,
        .settings = &c->tenant->settings,
        .zone = &c->tenant->zone,
        .about = &c->facts,
        .people = &c->people,
        .happened = c->happened,
        .event = t->record->message,
        .event_name = t->event,
        .event_key = t->key,
        .cause = t->cause,
        .actor = t->actor,
        .version = t->version,
        .at_us = t->at_us,
        .now_us = w->batch->now_us,
    };
    const char *over = over_by(w, t);
    struct message *planned;
    size_t count;

    r.bad = bad_of(w, c->tenant, &r.bad_count);
    planned = routing_plan(w->batch->arena, &r, &count);
    for (size_t i = 0; i < count; i++) {
        w->messages =
            arena_room(w->batch->arena, w->messages, w->message_count, &w->message_cap, sizeof *w->messages, 64);
        if (over && (planned[i].state == MESSAGE_QUEUED || planned[i].state == MESSAGE_HELD)) {
            planned[i].state = MESSAGE_CANCELLED;
            planned[i].held = HELD_NOT;
            planned[i].code = over;
        }
        w->messages[w->message_count++] = planned[i];
    }
}

/* Those that have come to their end before they began. */
static int emit_ended(struct work *w)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < w->message_count; i++) {
        const struct message *m = &w->messages[i];

        if (!m->fresh)
            continue;
        metric_add(&metric_planned, notice_channel_names[m->channel - 1], 1);
        r = fate_emit(w->batch, m, NULL);
    }
    return r;
}

static int load(struct work *w)
{
    int r = notice_store_load_cases(w->batch, &w->cases);

    if (r == 0)
        r = load_staff(w);
    for (size_t i = 0; r == 0 && i < w->cases.ids.count; i++)
        if (w->cases.rows[i].loaded)
            take_staff(w, &w->cases.rows[i]);
    return r < 0 ? r : load_bad(w);
}

int tell_on_batch(struct batch *b)
{
    struct work w = { .batch = b };
    struct message *cancelled;
    size_t cancelled_count;
    int r;

    collect_cases(&w);
    r = notice_store_load_seen(b, &w.cases);
    if (r < 0)
        return r;
    collect_tellings(&w);
    r = load(&w);
    for (size_t i = 0; r == 0 && i < w.telling_count; i++)
        if (w.tellings[i].about->loaded)
            plan(&w, &w.tellings[i]);
    if (r == 0)
        r = notice_store_cancel(b, w.cancellations, w.cancellation_count, &cancelled, &cancelled_count);
    if (r == 0)
        r = notice_store_insert(b, w.messages, w.message_count);
    if (r == 0)
        r = fate_emit_all(b, cancelled, cancelled_count);
    if (r == 0)
        r = emit_ended(&w);
    return r < 0 ? r : notice_store_save_seen(b, &w.cases);
}
