/* What is due is told: warnings, breaches, ladder steps, and the canaries that show that all this works. */
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "events.h"
#include "watchdog.h"

#define FIRE_AT_ONCE 1000

/* How often the index is read from its beginning: what another instance armed or had locked may lie below our bound.
 * While somebody keeps an old snapshot open nothing dead leaves the index, and a look from its beginning takes longer
 * and longer: it gets no more than this share of the time. */
#define LOOK_BACK_US    INT64_C(1000000)
#define LOOK_BACK_SHARE 50

/* After a pause of ours the topic may hold the very events that stop what has become due. So nothing is fired until we
 * have partitions and for a moment nothing old has come; but a Kafka that is away keeps no breach secret for long. */
#define SETTLED_US     INT64_C(500000)
#define OLD_US         INT64_C(5000000)
#define HOLD_START_US  INT64_C(30000000)
#define HOLD_BEHIND_US INT64_C(300000000)

#define CANARY_US       INT64_C(60000000)
#define CANARY_BOUND_US INT64_C(10000000)

static struct metric metric_fired = { "redress_watchdog_fired_total", "Points of clocks that were told, by kind.",
                                      METRIC_COUNTER, .label = "kind" };
static struct metric metric_lateness = { "redress_watchdog_lateness_seconds",
                                         "From when a point was reached to when it was told.", METRIC_HISTOGRAM,
                                         .label = NULL };
static struct metric metric_canary = { "redress_watchdog_canary_lateness_ms",
                                       "How late the newest canary of this instance fired, or is.", METRIC_GAUGE,
                                       .label = NULL };
static struct metric metric_missing = { "redress_watchdog_calendar_missing_year",
                                        "A year that a calendar of this tenant should know by now; 0: none.",
                                        METRIC_GAUGE, .label = "tenant" };

/* ---- when not to ---- */

void watchdog_hold_at_start(struct watchdog *w)
{
    metric_register(&metric_fired);
    metric_register(&metric_lateness);
    metric_register(&metric_canary);
    metric_register(&metric_missing);
    w->hold_at_most_us = clock_mono_us() + HOLD_START_US;
}

void watchdog_hold_while_behind(struct watchdog *w, const struct batch *b)
{
    int64_t now_us = clock_mono_us(), newest_us = 0;

    for (int i = 0; i < b->count; i++)
        if (b->records[i].kafka->timestamp_us > newest_us)
            newest_us = b->records[i].kafka->timestamp_us;
    if (!newest_us || daemon_now_us(b->daemon) - newest_us < OLD_US)
        return;
    if (now_us >= w->hold_until_us)
        w->hold_at_most_us = now_us + HOLD_BEHIND_US;
    w->hold_until_us = now_us + SETTLED_US;
}

static bool holding(struct watchdog *w, const struct daemon *d)
{
    int64_t now_us = clock_mono_us();
    bool consuming = daemon_consuming(d);

    if (consuming && !w->consuming && w->hold_until_us < now_us + SETTLED_US)
        w->hold_until_us = now_us + SETTLED_US;
    w->consuming = consuming;
    return now_us < w->hold_at_most_us && (!consuming || now_us < w->hold_until_us);
}

/* ---- firing ---- */

struct told {
    struct clock_change change;
    const struct watched_case *row;
};

static int by_time(const void *a, const void *b)
{
    const struct told *x = a, *y = b;

    if (x->change.at_us != y->change.at_us)
        return x->change.at_us < y->change.at_us ? -1 : 1;
    return memcmp(&x->row->id, &y->row->id, sizeof(x->row->id));
}

static size_t points_of(const struct fired_clock *f, struct told *out)
{
    size_t n = 0;

    for (size_t i = f->told_before; f->row && i < f->clock.fired && i < f->clock.point_count; i++)
        out[n++] = (struct told){ .change = { .kind = CHANGE_POINT,
                                              .clock = f->clock,
                                              .percent = f->clock.percents[i],
                                              .at_us = f->clock.points[i] },
                                  .row = f->row };
    return n;
}

static const char *kind_of(int percent)
{
    return percent < 100 ? "warning" : percent == 100 ? "breach" : "ladder_step";
}

static int tell_all(struct batch *b, struct watchdog *w, const struct fired_clock *fired, size_t count)
{
    size_t room = 0, n = 0;
    struct told *told;
    int r = 0;

    for (size_t i = 0; i < count; i++)
        room += fired[i].clock.fired;
    told = arena_array(b->arena, struct told, room + 1);
    for (size_t i = 0; i < count; i++)
        n += points_of(&fired[i], told + n);
    qsort(told, n, sizeof(*told), by_time);
    for (size_t i = 0; r == 0 && i < n; i++) {
        const struct clock_change *c = &told[i].change;

        metric_add(&metric_fired, kind_of(c->percent), 1);
        metric_observe_us(&metric_lateness, NULL, b->now_us - c->at_us);
        r = event_emit(b, NULL, commitments_of(w->commitments, told[i].row->tenant), told[i].row, c, NULL);
    }
    return r;
}

/* How much of the time since `due_us` we were there: downtime before our start is no fault of ours. */
static int64_t our_lateness(struct watchdog *w, const struct batch *b, int64_t due_us)
{
    if (!w->began_us)
        w->began_us = b->now_us;
    return b->now_us - (due_us > w->began_us ? due_us : w->began_us);
}

static int canaries_fired(struct batch *b, struct watchdog *w, const struct fired_clock *fired, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!fired[i].clock.policy[0] && fired[i].clock.point_count)
            w->lateness_us = our_lateness(w, b, fired[i].clock.points[0]);
    return store_arm_canaries(b, fired, count, (b->now_us / CANARY_US + 1) * CANARY_US);
}

static int64_t lower_bound(const struct watchdog *w)
{
    if (clock_mono_us() >= w->look_back_us)
        return 0;
    return w->armed_from_us < w->fired_until_us ? w->armed_from_us : w->fired_until_us;
}

static int take_due(struct batch *b, struct watchdog *w, struct fired_clock **ret, size_t *ret_count)
{
    int64_t from_us = lower_bound(w), began_us = clock_mono_us(), took_us;
    int r = store_take_due(b, from_us, FIRE_AT_ONCE, ret, ret_count, &w->fired_until_us);

    took_us = clock_mono_us() - began_us;
    if (from_us == 0)
        w->look_back_us =
            began_us + (took_us * LOOK_BACK_SHARE > LOOK_BACK_US ? took_us * LOOK_BACK_SHARE : LOOK_BACK_US);
    return r;
}

int fire_due(struct batch *b)
{
    struct watchdog *w = daemon_state(b->daemon);
    struct fired_clock *fired;
    size_t count = 0;
    int r;

    if (holding(w, b->daemon))
        return 0;
    r = commitments_refresh(w->commitments, b->pg);
    if (r == 0)
        r = take_due(b, w, &fired, &count);
    if (r < 0)
        return r;
    w->armed_from_us = CLOCK_NEVER;
    if (count == 0)
        return 0;
    r = tell_all(b, w, fired, count);
    if (r == 0)
        r = canaries_fired(b, w, fired, count);
    return r < 0 ? r : count == FIRE_AT_ONCE;
}

/* ---- the canary ---- */

static int make_canaries(struct batch *b, struct watchdog *w, const char *instance)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < commitments_count(w->commitments); i++)
        r = store_make_canary(b, commitments_tenant(w->commitments, i), instance, b->now_us);
    w->canaries = commitments_count(w->commitments);
    return r;
}

static void look_for_missing_years(struct batch *b, const struct watchdog *w)
{
    for (size_t i = 0; i < commitments_count(w->commitments); i++) {
        const char *name = "", *tenant = commitments_tenant(w->commitments, i);
        int year = commitments_missing_year(w->commitments, i, b->now_us, &name);

        if (year && metric_get(&metric_missing, tenant) != year)
            log_warning("a calendar does not know the next year: later deadlines are provisional",
                        LOG_STR("tenant", tenant), LOG_STR("calendar", name), LOG_INT("year", year));
        metric_set(&metric_missing, tenant, year);
    }
}

int watch_canary(struct batch *b)
{
    struct watchdog *w = daemon_state(b->daemon);
    const char *instance = daemon_config(b->daemon)->kafka.instance;
    int64_t overdue_us = 0;
    int r = 0;

    if (w->canaries != commitments_count(w->commitments))
        r = make_canaries(b, w, instance);
    if (r == 0)
        r = store_canary_overdue(b, instance, &overdue_us);
    if (r < 0)
        return r;
    overdue_us = our_lateness(w, b, b->now_us - overdue_us);
    if (overdue_us < w->lateness_us)
        overdue_us = w->lateness_us;
    metric_set(&metric_canary, NULL, overdue_us / 1000);
    daemon_condition(b->daemon, "canary",
                     overdue_us > CANARY_BOUND_US
                         ? arena_printf(b->arena, "clocks fire %lld s late", (long long)(overdue_us / 1000000))
                         : NULL);
    look_for_missing_years(b, w);
    return 0;
}
