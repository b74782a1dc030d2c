#include "clock.h"

#include <stdlib.h>
#include <string.h>

/* ---- pauses ---- */

static int by_begin(const void *a, const void *b)
{
    const struct pause *x = a, *y = b;

    return x->from_us < y->from_us ? -1 : x->from_us > y->from_us;
}

static bool in_order(const struct pause *pauses, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (pauses[i].from_us < pauses[i - 1].from_us)
            return false;
    return true;
}

size_t clock_pauses_merge(struct pause *pauses, size_t count, int64_t start_us)
{
    size_t n = 0;

    if (!in_order(pauses, count))
        qsort(pauses, count, sizeof *pauses, by_begin);
    for (size_t i = 0; i < count; i++) {
        struct pause p = pauses[i];

        if (p.from_us < start_us)
            p.from_us = start_us;
        if (p.to_us <= p.from_us)
            continue;
        if (n > 0 && p.from_us <= pauses[n - 1].to_us) {
            if (p.to_us > pauses[n - 1].to_us)
                pauses[n - 1].to_us = p.to_us;
        } else {
            pauses[n++] = p;
        }
    }
    return n;
}

/* ---- the measure ---- */

static bool measures_work(struct limit l)
{
    return l.unit == LIMIT_WORKING_DAYS || l.unit == LIMIT_WORKING_HOURS;
}

/* Time, or working time, between two instants, pauses included. */
static int64_t between_us(const struct clock *c, int64_t from_us, int64_t to_us)
{
    if (measures_work(c->limit))
        return calendar_worked_us(c->calendar, to_us) - calendar_worked_us(c->calendar, from_us);
    return to_us - from_us;
}

int64_t clock_measure_us(const struct clock *c, int64_t from_us, int64_t to_us)
{
    int64_t sum = to_us > from_us ? between_us(c, from_us, to_us) : 0;

    for (size_t i = 0; i < c->pause_count && c->pauses[i].from_us < to_us; i++) {
        int64_t a = c->pauses[i].from_us, b = c->pauses[i].to_us;

        a = a > from_us ? a : from_us;
        b = b < to_us ? b : to_us;
        if (a < b)
            sum -= between_us(c, a, b);
    }
    return sum;
}

/* The first instant at which `need` has run since `from_us`, as if there were no pauses. */
static enum clock_outcome run_unpaused(const struct clock *c, int64_t from_us, int64_t need, int64_t *ret_us)
{
    int64_t at;

    if (!measures_work(c->limit))
        at = from_us + need;
    else if (!calendar_when_worked(c->calendar, calendar_worked_us(c->calendar, from_us) + need, &at))
        return CLOCK_OUTSIDE;
    if (at > c->calendar->last_us)
        return CLOCK_OUTSIDE;
    *ret_us = at;
    return CLOCK_REACHED;
}

/* The first instant at or after `from_us` at which `need` has run. */
static enum clock_outcome run(const struct clock *c, int64_t from_us, int64_t need, int64_t *ret_us)
{
    if (need <= 0) {
        *ret_us = from_us;
        return CLOCK_REACHED;
    }
    for (size_t i = 0; i < c->pause_count; i++) {
        const struct pause *p = &c->pauses[i];
        int64_t before;

        if (p->to_us <= from_us)
            continue;
        before = p->from_us > from_us ? between_us(c, from_us, p->from_us) : 0;
        if (before >= need)
            break;
        if (p->to_us == CLOCK_NEVER)
            return CLOCK_PAUSED;
        need -= before;
        from_us = p->to_us;
        if (from_us > c->calendar->last_us)
            return CLOCK_OUTSIDE;
    }
    return run_unpaused(c, from_us, need, ret_us);
}

/* ---- due ---- */

/* The same local time so many days later, moved on by every pause that begins before what is reached so far. */
static enum clock_outcome due_after_days(const struct clock *c, int64_t *ret_us)
{
    const struct zone *z = &c->calendar->facts.zone;
    int64_t due = zone_utc(z, zone_local(z, c->start_us) + c->limit.count * DAY_US, ZONE_CLOSING);

    for (size_t i = 0; i < c->pause_count && c->pauses[i].from_us < due; i++) {
        if (c->pauses[i].to_us == CLOCK_NEVER)
            return CLOCK_PAUSED;
        if (c->pauses[i].to_us > c->calendar->last_us)
            return CLOCK_OUTSIDE;
        due += c->pauses[i].to_us - c->pauses[i].from_us;
    }
    if (due > c->calendar->last_us)
        return CLOCK_OUTSIDE;
    *ret_us = due;
    return CLOCK_REACHED;
}

/* The N-th close of a later day that no pause covers. */
static enum clock_outcome due_after_working_days(const struct clock *c, int64_t *ret_us)
{
    const struct calendar *cal = c->calendar;
    int32_t today = zone_date(&cal->facts.zone, c->start_us);
    size_t next = cal->first_close[today - cal->first_day], left = (size_t)c->limit.count;

    for (size_t i = 0; i < c->pause_count; i++) {
        size_t covered = calendar_close_from(cal, c->pauses[i].from_us), open = covered > next ? covered - next : 0;

        if (open >= left)
            break;
        if (c->pauses[i].to_us == CLOCK_NEVER)
            return CLOCK_PAUSED;
        left -= open;
        next += open;
        covered = calendar_close_from(cal, c->pauses[i].to_us);
        next = covered > next ? covered : next;
    }
    if (next + left > cal->close_count)
        return CLOCK_OUTSIDE;
    *ret_us = cal->closes[next + left - 1];
    return CLOCK_REACHED;
}

enum clock_outcome clock_due(const struct clock *c, int64_t *ret_due_us)
{
    static const int64_t unit_us[] = {
        [LIMIT_MINUTES] = INT64_C(60000000),
        [LIMIT_HOURS] = INT64_C(3600000000),
        [LIMIT_WORKING_HOURS] = INT64_C(3600000000),
    };

    if (c->start_us < c->calendar->first_us || c->start_us >= c->calendar->last_us)
        return CLOCK_OUTSIDE;
    switch (c->limit.unit) {
    case LIMIT_DAYS:
        return due_after_days(c, ret_due_us);
    case LIMIT_WORKING_DAYS:
        return due_after_working_days(c, ret_due_us);
    case LIMIT_MINUTES:
    case LIMIT_HOURS:
    case LIMIT_WORKING_HOURS:
        break;
    }
    return run(c, c->start_us, c->limit.count * unit_us[c->limit.unit], ret_due_us);
}

bool clock_provisional(const struct clock *c, int64_t due_us)
{
    return due_us > c->calendar->known_us;
}

enum clock_outcome clock_point(const struct clock *c, int64_t due_us, int percent, int64_t *ret_us)
{
    int64_t whole = clock_measure_us(c, c->start_us, due_us), part;

    if (percent == 100 || whole == 0) {
        *ret_us = due_us;
        return CLOCK_REACHED;
    }
    part = whole / 100 * percent + whole % 100 * percent / 100; /* an agreed instant may be millennia away */
    return percent < 100 ? run(c, c->start_us, part, ret_us) : run(c, due_us, part - whole, ret_us);
}

/* ---- how it came about ---- */

const char *clock_day_role_name(enum clock_day_role role)
{
    static const char *const names[] = {
        [CLOCK_DAY_START] = "start",       [CLOCK_DAY_WORK] = "work", [CLOCK_DAY_MAKE_UP] = "make_up",
        [CLOCK_DAY_HOURS] = "other_hours", [CLOCK_DAY_OFF] = "off",   [CLOCK_DAY_PAUSED] = "paused",
    };

    return names[role];
}

static bool paused_at(const struct clock *c, int64_t at_us)
{
    for (size_t i = 0; i < c->pause_count; i++)
        if (c->pauses[i].from_us <= at_us && at_us < c->pauses[i].to_us)
            return true;
    return false;
}

static enum clock_day_role role_of(const struct calendar_day *is)
{
    if (is->hours.count == 0)
        return CLOCK_DAY_OFF;
    return is->kind == DAY_MAKE_UP ? CLOCK_DAY_MAKE_UP : is->kind == DAY_HOURS ? CLOCK_DAY_HOURS : CLOCK_DAY_WORK;
}

/* Would the measure run on this day if there were no pauses? */
static bool pauses_took_all(const struct clock *c, int64_t from_us, int64_t to_us)
{
    return to_us > from_us && between_us(c, from_us, to_us) > 0 && clock_measure_us(c, from_us, to_us) == 0;
}

static struct clock_day explain_day(const struct clock *c, int32_t day, int32_t start_day, int64_t until_us)
{
    const struct calendar *cal = c->calendar;
    const struct zone *z = &cal->facts.zone;
    int64_t from = zone_utc(z, day * DAY_US, ZONE_OPENING), to = zone_utc(z, (day + 1) * DAY_US, ZONE_OPENING);
    struct clock_day d = { .day = day, .is = calendar_day(&cal->facts, day) };
    bool paused;

    from = from > c->start_us ? from : c->start_us;
    to = to < until_us ? to : until_us;
    d.ran_us = clock_measure_us(c, from, to);
    d.role = day == start_day ? CLOCK_DAY_START : role_of(&d.is);
    if (c->limit.unit == LIMIT_WORKING_DAYS) {
        int64_t close = d.is.hours.count ? cal->closes[cal->first_close[day - cal->first_day] - 1] : 0;

        paused = d.is.hours.count > 0 && paused_at(c, close);
        d.counted = d.is.hours.count > 0 && day > start_day && !paused && close <= until_us;
    } else {
        paused = pauses_took_all(c, from, to);
        d.counted = d.ran_us > 0;
    }
    if (paused && day > start_day)
        d.role = CLOCK_DAY_PAUSED;
    return d;
}

void clock_explain(struct arena *a, const struct clock *c, int64_t due_us, struct clock_day **ret, size_t *ret_count)
{
    const struct zone *z = &c->calendar->facts.zone;
    int32_t first = zone_date(z, c->start_us), last;

    if (due_us == CLOCK_NEVER)
        last = zone_date(z, c->pauses[c->pause_count - 1].from_us); /* the endless one is the last */
    else
        last = due_us > c->start_us ? zone_date(z, due_us - 1) : first; /* 24:00 belongs to the day that it ends */
    last = last < c->calendar->last_day ? last : c->calendar->last_day;
    *ret_count = (size_t)(last - first) + 1;
    *ret = arena_array(a, struct clock_day, *ret_count);
    for (int32_t day = first; day <= last; day++)
        (*ret)[day - first] = explain_day(c, day, first, due_us);
}
