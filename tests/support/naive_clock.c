#include "naive_clock.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include "common/base/clock.h"

#define QUARTER_US                                                                                                     \
    INT64_C(900000000) /* zones change their offset on quarters of an hour, in the years of the tests                  \
                        */
#define HOUR_US   INT64_C(3600000000)
#define MINUTE_US INT64_C(60000000)
#define SIDE_DAYS 40 /* before the first and after the last year */

struct naive_day {
    int64_t open[8], close[8];
    size_t count;
    int64_t end; /* close of business; CLOCK_NEVER: not a working day */
};

struct naive_calendar {
    const struct calendar_facts *facts;
    int64_t first_us;
    size_t quarter_count;
    int64_t *offsets; /* of each quarter */
    int32_t first_day;
    size_t day_count;
    struct naive_day *days;
};

/* ---- local times ---- */

static int64_t offset_of(const struct naive_calendar *n, int64_t at)
{
    int64_t quarter = (at - n->first_us) / QUARTER_US;

    if (quarter < 0)
        quarter = 0;
    if (quarter >= (int64_t)n->quarter_count)
        quarter = (int64_t)n->quarter_count - 1;
    return n->offsets[quarter];
}

/* Looks at every quarter of three days for those in which the local clock shows this time. */
static int64_t instant_of(const struct naive_calendar *n, int64_t local, bool closing)
{
    int64_t begin = local - 30 * HOUR_US, found = CLOCK_NEVER;

    begin -= (begin - n->first_us) % QUARTER_US;
    for (int64_t q = begin; q < begin + 60 * HOUR_US; q += QUARTER_US) {
        int64_t at = local - offset_of(n, q);

        if (at >= q && at < q + QUARTER_US && (found == CLOCK_NEVER || closing))
            found = at;
    }
    for (int64_t q = begin; q < begin + 60 * HOUR_US && found == CLOCK_NEVER; q += QUARTER_US)
        if (q - 1 + offset_of(n, q - 1) < local && q + offset_of(n, q) > local)
            found = q;
    return found;
}

static int32_t date_of(const struct naive_calendar *n, int64_t at)
{
    return (int32_t)((at + offset_of(n, at)) / DAY_US);
}

/* ---- days ---- */

static struct hours_list hours_of(const struct calendar_facts *f, int32_t day)
{
    for (size_t i = 0; i < f->rule_count; i++) {
        const struct day_rule *r = &f->rules[i];

        if (day >= r->first && day <= r->last)
            return r->kind == DAY_OFF ? (struct hours_list){ 0 } : r->kind == DAY_MAKE_UP ? f->make_up : r->hours;
    }
    return f->week[(day + 3) % 7];
}

static void make_day(const struct naive_calendar *n, int32_t day, struct naive_day *d)
{
    struct hours_list h = hours_of(n->facts, day);

    d->count = h.count;
    d->end = CLOCK_NEVER;
    for (size_t i = 0; i < h.count; i++) {
        d->open[i] = instant_of(n, day * DAY_US + h.items[i].open * MINUTE_US, false);
        d->close[i] = instant_of(n, day * DAY_US + h.items[i].close * MINUTE_US, true);
        d->end = d->close[i];
    }
    if (h.count && n->facts->ends_at_midnight)
        d->end = instant_of(n, (day + 1) * DAY_US, true);
}

static void read_offsets(struct naive_calendar *n)
{
    UErrorCode status = U_ZERO_ERROR;
    UCalendar *c;
    UChar id[80];

    u_charsToUChars(n->facts->zone.name, id, (int32_t)strlen(n->facts->zone.name) + 1);
    c = ucal_open(id, -1, "en_US", UCAL_GREGORIAN, &status);
    for (size_t i = 0; i < n->quarter_count; i++) {
        ucal_setMillis(c, (double)n->first_us / 1000.0 + (double)i * 900000.0, &status);
        n->offsets[i] =
            (int64_t)(ucal_get(c, UCAL_ZONE_OFFSET, &status) + ucal_get(c, UCAL_DST_OFFSET, &status)) * 1000;
    }
    ucal_close(c);
    if (U_FAILURE(status))
        abort();
}

struct naive_calendar *naive_calendar_new(const struct calendar_facts *facts, int first_year, int last_year)
{
    struct naive_calendar *n = calloc(1, sizeof *n);
    int64_t first = days_from_civil(first_year, 1, 1) - SIDE_DAYS;
    int64_t count = days_from_civil(last_year + 1, 1, 1) + SIDE_DAYS - first;

    if (!n)
        abort();
    n->facts = facts;
    n->first_us = first * DAY_US;
    n->first_day = (int32_t)first;
    n->day_count = (size_t)count;
    n->quarter_count = (size_t)count * 96;
    n->offsets = calloc(n->quarter_count, sizeof *n->offsets);
    n->days = calloc(n->day_count, sizeof *n->days);
    if (!n->offsets || !n->days)
        abort();
    read_offsets(n);
    for (size_t i = 0; i < n->day_count; i++)
        make_day(n, (int32_t)(first + (int64_t)i), &n->days[i]);
    return n;
}

void naive_calendar_free(struct naive_calendar *n)
{
    if (n) {
        free(n->offsets);
        free(n->days);
    }
    free(n);
}

static const struct naive_day *day_of(const struct naive_calendar *n, int32_t day)
{
    int64_t i = (int64_t)day - n->first_day;

    if (i < 0 || i >= (int64_t)n->day_count)
        abort(); /* the test asks for more than it made */
    return &n->days[i];
}

/* ---- walking ---- */

struct walk {
    const struct naive_calendar *calendar;
    bool working;
    int64_t start;
    const struct pause *pauses;
    size_t pause_count;
};

static bool is_paused(const struct walk *w, int64_t at)
{
    for (size_t i = 0; i < w->pause_count; i++)
        if (at >= w->start && w->pauses[i].from_us <= at && at < w->pauses[i].to_us)
            return true;
    return false;
}

static bool is_worked(const struct walk *w, int64_t at)
{
    int32_t today = date_of(w->calendar, at);

    for (int32_t day = today - 1; day <= today + 1; day++) {
        const struct naive_day *d = day_of(w->calendar, day);

        for (size_t i = 0; i < d->count; i++)
            if (d->open[i] <= at && at < d->close[i])
                return true;
    }
    return false;
}

static void nearer(int64_t *next, int64_t at, int64_t edge)
{
    if (edge > at && edge < *next)
        *next = edge;
}

/* The next instant at which anything may change; at most about a day away. */
static int64_t next_edge(const struct walk *w, int64_t at)
{
    int64_t next = at + DAY_US;
    int32_t today = date_of(w->calendar, at);

    for (size_t i = 0; i < w->pause_count; i++) {
        nearer(&next, at, w->pauses[i].from_us);
        nearer(&next, at, w->pauses[i].to_us);
    }
    for (int32_t day = today - 1; w->working && day <= today + 2; day++) {
        const struct naive_day *d = day_of(w->calendar, day);

        for (size_t i = 0; i < d->count; i++) {
            nearer(&next, at, d->open[i]);
            nearer(&next, at, d->close[i]);
        }
    }
    return next;
}

static bool never_again(const struct walk *w, int64_t at)
{
    for (size_t i = 0; i < w->pause_count; i++)
        if (w->pauses[i].from_us <= at && w->pauses[i].to_us == CLOCK_NEVER)
            return true;
    return false;
}

static int64_t walk_until(const struct walk *w, int64_t at, int64_t need)
{
    while (need > 0) {
        int64_t next = next_edge(w, at), step = next - at;

        if (never_again(w, at))
            return CLOCK_NEVER;
        if (!is_paused(w, at) && (!w->working || is_worked(w, at))) {
            if (step >= need)
                return at + need;
            need -= step;
        }
        at = next;
    }
    return at;
}

static int64_t walked(const struct walk *w, int64_t until)
{
    int64_t sum = 0;

    for (int64_t at = w->start; at < until;) {
        int64_t next = next_edge(w, at);

        if (next > until)
            next = until;
        if (!is_paused(w, at) && (!w->working || is_worked(w, at)))
            sum += next - at;
        at = next;
    }
    return sum;
}

/* ---- the definition ---- */

static int64_t nth_close(const struct walk *w, int32_t count)
{
    int32_t day = date_of(w->calendar, w->start);

    for (;;) {
        int64_t end = day_of(w->calendar, ++day)->end;

        if (never_again(w, (day - 2) * DAY_US))
            return CLOCK_NEVER;
        if (end != CLOCK_NEVER && !is_paused(w, end) && --count == 0)
            return end;
    }
}

int64_t naive_due(const struct naive_calendar *n, int64_t start_us, struct limit limit, const struct pause *pauses,
                  size_t pause_count)
{
    struct walk w = { n, limit.unit == LIMIT_WORKING_HOURS, start_us, pauses, pause_count };

    switch (limit.unit) {
    case LIMIT_MINUTES:
        return walk_until(&w, start_us, limit.count * MINUTE_US);
    case LIMIT_HOURS:
    case LIMIT_WORKING_HOURS:
        return walk_until(&w, start_us, limit.count * HOUR_US);
    case LIMIT_DAYS:
        /* Moved on by each pause that begins before what is reached: the time in between has to run outside pauses. */
        return walk_until(&w, start_us,
                          instant_of(n, start_us + offset_of(n, start_us) + limit.count * DAY_US, true) - start_us);
    case LIMIT_WORKING_DAYS:
        break;
    }
    return nth_close(&w, limit.count);
}

int64_t naive_point(const struct naive_calendar *n, int64_t start_us, struct limit limit, const struct pause *pauses,
                    size_t pause_count, int64_t due_us, int percent)
{
    bool working = limit.unit == LIMIT_WORKING_HOURS || limit.unit == LIMIT_WORKING_DAYS;
    struct walk w = { n, working, start_us, pauses, pause_count };
    int64_t whole = walked(&w, due_us), at;

    if (percent == 100 || whole == 0)
        return due_us;
    at = walk_until(&w, start_us, whole * percent / 100);
    return percent > 100 && at < due_us ? due_us : at; /* work may end before the day does */
}
