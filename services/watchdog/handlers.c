/* One batch of complaint events: what each does to the clocks of its complaint, in the transaction that takes it. */
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/metrics.h"
#include "common/event/timestamp.h"
#include "common/runtime/complaints.h"
#include "events.h"
#include "watchdog.h"
#include "watchdog_sql.h"

/* Rows are looked up by key, always: a plan made while a table was empty or never analysed must not read all of it
 * later on. The small settings tables are read whole regardless. */
#define SESSION                                                                                                        \
    "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = on; SET jit = off; "                     \
    "SET plan_cache_mode = force_generic_plan"

#define FIRE_EVERY_MS      50
#define CANARY_EVERY_MS    5000
#define RECOMPUTE_EVERY_MS 1000

static struct metric metric_changes = { "redress_watchdog_changes_total", "What happened to clocks, by kind.",
                                        METRIC_COUNTER, .label = "kind" };

static const char *const change_names[] = { "started", "point", "met", "ended", "paused", "resumed", "due_changed" };

static void watchdog_on_stop(struct daemon *d)
{
    struct watchdog *w = daemon_state(d);

    if (!w)
        return;
    commitments_free(w->commitments);
    free(w);
    daemon_set_state(d, NULL);
}

static int watchdog_on_start(struct daemon *d)
{
    struct watchdog *w = calloc(1, sizeof(*w));
    int r;

    if (!w)
        return err_set(ERR_FATAL, "no memory");
    w->commitments = commitments_new();
    w->armed_from_us = CLOCK_NEVER;
    watchdog_hold_at_start(w);
    daemon_set_state(d, w);
    metric_register(&metric_changes);
    r = pg_script(daemon_pg(d), SESSION);
    if (r == 0)
        r = commitments_refresh(w->commitments, daemon_pg(d));
    if (r < 0)
        watchdog_on_stop(d); /* not called for what did not start */
    return r;
}

static int watchdog_on_prepare(struct batch *b)
{
    struct watchdog *w = daemon_state(b->daemon);

    watchdog_hold_while_behind(w, b);
    return commitments_refresh(w->commitments, b->pg);
}

/* ---- one batch ---- */

struct work {
    struct batch *batch;
    struct watchdog *watchdog;
    struct watched_set cases;
};

/* Every complaint of the batch once; rec->user is its row, NULL where the record was set aside. */
static void collect_cases(struct work *w)
{
    watched_set_init(&w->cases, w->batch->arena, (size_t)w->batch->count);
    BATCH_FOREACH (w->batch, rec) {
        struct uuid id;

        rec->user = NULL;
        if (!complaint_identify(w->batch, rec, &id))
            continue;
        if (event_of(rec)->at)
            rec->user = watched_set_add(&w->cases, &id);
        else
            complaint_refuse(w->batch, rec, "missing_time", "the event does not say when it happened");
    }
}

/* true: it is the next event of its complaint. */
static bool is_next(struct work *w, struct record *rec)
{
    const Redress__V1__ComplaintEvent *e = event_of(rec);
    const struct watched_case *row = rec->user;

    if (!row || !complaint_is_next(w->batch, rec, row->version))
        return false; /* set aside, or applied before */
    if (e->version == 1 && (e->event_case != REDRESS__V1__COMPLAINT_EVENT__EVENT_REGISTERED || !e->registered ||
                            !e->registered->received_at || !e->registered->registered_at)) {
        complaint_refuse(w->batch, rec, "unexpected_event",
                         "the first event of a complaint must be its registration, with its times");
        return false;
    }
    return true;
}

/* The bit of redress.v1.WaitReason in enum sla_pause, which is in its order; 0: none that we know. */
static uint32_t wait_bit(Redress__V1__WaitReason reason)
{
    return reason >= 1 && reason <= 6 ? UINT32_C(1) << (reason - 1) : 0;
}

/* The name of the event's member, "" for one that this version does not know. */
static const char *member_of(const Redress__V1__ComplaintEvent *e)
{
    const ProtobufCFieldDescriptor *f =
        e->event_case ? protobuf_c_message_descriptor_get_field(e->base.descriptor, (unsigned)e->event_case) : NULL;

    return f ? f->name : "";
}

/* What an agreed date, a wait or a work order brings; all else is in the event's name. */
static void add_details(const Redress__V1__ComplaintEvent *e, struct clock_event *c)
{
    switch ((int)e->event_case) {
    case REDRESS__V1__COMPLAINT_EVENT__EVENT_PLAN_CONFIRMED:
        c->agreed_us = timestamp_read(e->plan_confirmed->deadline);
        break;
    case REDRESS__V1__COMPLAINT_EVENT__EVENT_APPOINTMENT_AGREED:
        c->agreed_us = timestamp_read(e->appointment_agreed->to);
        c->work_order = e->appointment_agreed->work_order;
        break;
    case REDRESS__V1__COMPLAINT_EVENT__EVENT_WORK_ORDER_OPENED:
        c->work_order = e->work_order_opened->work_order;
        break;
    case REDRESS__V1__COMPLAINT_EVENT__EVENT_QUOTE_APPROVED:
        c->work_order = e->quote_approved->work_order;
        break;
    case REDRESS__V1__COMPLAINT_EVENT__EVENT_WORK_ORDER_DONE:
        c->work_order = e->work_order_done->work_order;
        break;
    case REDRESS__V1__COMPLAINT_EVENT__EVENT_WORK_ORDER_CANCELLED:
        c->work_order = e->work_order_cancelled->work_order;
        break;
    case REDRESS__V1__COMPLAINT_EVENT__EVENT_PAUSED:
        c->pause_reason = wait_bit(e->paused->reason);
        break;
    case REDRESS__V1__COMPLAINT_EVENT__EVENT_RESUMED:
        c->pause_reason = wait_bit(e->resumed->reason);
        break;
    default:
        break;
    }
}

static struct clock_event translate(const Redress__V1__ComplaintEvent *e, enum sla_event what)
{
    struct clock_event c = { .what = what, .at_us = timestamp_read(e->at), .category = NULL };

    if (what == SLA_RECEIVED)
        c.at_us = timestamp_read(e->registered->received_at);
    if (what == SLA_REGISTERED)
        c.at_us = timestamp_read(e->registered->registered_at);
    if (what == SLA_ASSIGNED && e->assigned) {
        c.category = e->assigned->category_code;
        c.severity = (enum sla_severity)e->assigned->severity;
        c.complexity = (enum sla_complexity)e->assigned->complexity;
    }
    add_details(e, &c);
    return c;
}

static void describe(struct watched_case *row, const Redress__V1__ComplaintEvent *e)
{
    row->tenant = e->tenant;
    row->number = e->complaint_number;
    row->clock_case.project = e->project_code;
    row->clock_case.category = e->registered->category_code;
    row->clock_case.received_us = timestamp_read(e->registered->received_at);
    row->clock_case.registered_us = timestamp_read(e->registered->registered_at);
}

/* A tenant that has promised nothing yet: its cases are known, without clocks. */
static const struct sla_book no_book = { .tenant = "" };
static const struct zone_change no_change = { INT64_MIN, 0 };
static const struct zone utc = { "UTC", &no_change, 1 };

static const struct calendar *no_calendar(const struct promises *p, const char *name)
{
    (void)p;
    (void)name;
    return NULL;
}

static const struct promises nothing = { &no_book, &utc, no_calendar };

static int apply_all(struct work *w, struct record *rec, struct clock_changes *changes)
{
    const Redress__V1__ComplaintEvent *e = event_of(rec);
    const struct promises *p = commitments_of(w->watchdog->commitments, e->tenant);
    struct watched_case *row = rec->user;
    const char *member = member_of(e);
    int r = 0;

    if (e->version == 1)
        describe(row, e);
    for (int what = 0; r == 0 && *member && what < SLA_EVENT_COUNT; what++)
        if (strcmp(sla_events[what].member, member) == 0) {
            struct clock_event c = translate(e, (enum sla_event)what);
            r = clockwork_apply(changes, p ? p : &nothing, &row->clock_case, &c);
        }
    row->version = e->version;
    row->changed = true;
    return r;
}

static int apply(struct work *w, struct record *rec)
{
    struct clock_changes changes = { .arena = w->batch->arena };
    const struct watched_case *row = rec->user;
    int r = apply_all(w, rec, &changes);

    for (size_t i = 0; r == 0 && i < changes.count; i++) {
        metric_add(&metric_changes, change_names[changes.items[i].kind], 1);
        r = event_emit(w->batch, rec, commitments_of(w->watchdog->commitments, row->tenant), row, &changes.items[i],
                       NULL);
    }
    return r;
}

/* What this batch armed may be earlier than the bound below which nothing is looked for. */
static void remember_armed(struct work *w)
{
    for (size_t i = 0; i < w->cases.ids.count; i++) {
        const struct case_clocks *list = &w->cases.rows[i].clock_case.clocks;

        for (size_t k = 0; k < list->count; k++) {
            const int64_t *next = list->items[k]->changed ? case_clock_next(list->items[k]) : NULL;
            if (next && *next < w->watchdog->armed_from_us)
                w->watchdog->armed_from_us = *next;
        }
    }
}

static int watchdog_on_batch(struct batch *b)
{
    struct work w = { .batch = b, .watchdog = daemon_state(b->daemon) };
    int r;

    collect_cases(&w);
    r = w.cases.ids.count ? store_load_cases(b, &w.cases) : 0;
    if (r == 0 && w.cases.ids.count)
        r = store_load_clocks(b, &w.cases);
    BATCH_FOREACH (b, rec) {
        if (r == 0 && is_next(&w, rec))
            r = apply(&w, rec);
    }
    if (r == 0)
        r = store_save(b, &w.cases);
    if (r == 0)
        remember_armed(&w);
    return r;
}

const struct daemon_spec watchdog_spec = {
    .name = "watchdog",
    .summary = "starts, pauses, warns and breaches every clock",
    .listens_to = { TOPIC_COMPLAINTS },
    .on_start = watchdog_on_start,
    .on_stop = watchdog_on_stop,
    .on_prepare = watchdog_on_prepare,
    .on_batch = watchdog_on_batch,
    .timers = { { "fire", FIRE_EVERY_MS, fire_due },
                { "recompute", RECOMPUTE_EVERY_MS, recompute_clocks },
                { "canary", CANARY_EVERY_MS, watch_canary } },
    .statements = watchdog_statements,
    .migrations = watchdog_migrations,
};
