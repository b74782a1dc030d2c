#include "calendar.h"

#include <stdio.h>

#include "common/base/clock.h"
#include "common/base/error.h"

#define MINUTE_US INT64_C(60000000)

const char *const calendar_weekdays[8] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun", NULL };

int calendar_weekday(int32_t day)
{
    return (int)((((int64_t)day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

void calendar_date_format(int32_t day, char out[CALENDAR_DATE_SIZE])
{
    unsigned m, d;
    int y;

    civil_from_days(day, &y, &m, &d);
    snprintf(out, CALENDAR_DATE_SIZE, "%04d-%02u-%02u", y, m, d);
}

bool calendar_date_parse(const char *text, size_t len, int32_t *ret)
{
    static const char form[] = "0000-00-00";
    unsigned part[3] = { 0 }, m, d, at = 0;
    int64_t day;
    int y;

    if (len != sizeof form - 1)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (form[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9')
            return false;
        if (form[i] == '-')
            at++;
        else
            part[at] = part[at] * 10 + (unsigned)(text[i] - '0');
    }
    if (part[0] < CALENDAR_FIRST_YEAR || part[0] > CALENDAR_LAST_YEAR || part[1] < 1 || part[1] > 12 || part[2] < 1)
        return false;
    day = days_from_civil((int)part[0], part[1], part[2]);
    civil_from_days(day, &y, &m, &d);
    if (m != part[1] || d != part[2])
        return false; /* the 30th of February */
    *ret = (int32_t)day;
    return true;
}

/* ---- one date ---- */

static const struct day_rule *rule_of(const struct calendar_facts *f, int32_t day)
{
    size_t low = 0, high = f->rule_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (f->rules[mid].last < day)
            low = mid + 1;
        else
            high = mid;
    }
    return low < f->rule_count && f->rules[low].first <= day ? &f->rules[low] : NULL;
}

static const char *name_of(const struct calendar_facts *f, int32_t day)
{
    size_t low = 0, high = f->name_count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (f->names[mid].last < day)
            low = mid + 1;
        else
            high = mid;
    }
    return low < f->name_count && f->names[low].first <= day ? f->names[low].name : NULL;
}

struct calendar_day calendar_day(const struct calendar_facts *f, int32_t day)
{
    const struct day_rule *rule = rule_of(f, day);
    struct calendar_day d = { .kind = rule ? rule->kind : DAY_WEEK, .name = name_of(f, day) };

    switch (d.kind) {
    case DAY_WEEK:
        d.hours = f->week[calendar_weekday(day)];
        break;
    case DAY_OFF:
        break;
    case DAY_MAKE_UP:
        d.hours = f->make_up;
        break;
    case DAY_HOURS:
        d.hours = rule->hours;
        break;
    }
    return d;
}

/* ---- the tables ---- */

/* Adds a window; one that touches or overlaps its predecessor (a repeated hour) grows that one instead. */
static void add_window(struct calendar *c, int64_t open_us, int64_t close_us)
{
    struct window *last = c->window_count ? &c->windows[c->window_count - 1] : NULL;

    if (close_us <= open_us)
        return; /* the local clock skips all of it */
    if (last && open_us <= last->close_us) {
        if (close_us > last->close_us)
            last->close_us = close_us;
        return;
    }
    c->windows[c->window_count++] = (struct window){
        .open_us = open_us,
        .close_us = close_us,
        .before_us = last ? last->before_us + (last->close_us - last->open_us) : 0,
    };
}

static void add_day(struct calendar *c, int32_t day)
{
    struct hours_list hours = calendar_day(&c->facts, day).hours;
    const struct zone *z = &c->facts.zone;
    int64_t midnight = day * DAY_US;

    for (size_t i = 0; i < hours.count; i++)
        add_window(c, zone_utc(z, midnight + hours.items[i].open * MINUTE_US, ZONE_OPENING),
                   zone_utc(z, midnight + hours.items[i].close * MINUTE_US, ZONE_CLOSING));
    if (hours.count == 0)
        return;
    midnight += c->facts.ends_at_midnight ? DAY_US : hours.items[hours.count - 1].close * MINUTE_US;
    c->closes[c->close_count++] = zone_utc(z, midnight, ZONE_CLOSING);
}

int calendar_prepare(struct arena *a, const struct calendar_facts *facts, int first_year, int last_year,
                     struct calendar *ret)
{
    struct calendar c = { .facts = *facts, .known_us = INT64_MAX };
    size_t windows = 0, days;

    if (first_year < CALENDAR_FIRST_YEAR || last_year > CALENDAR_LAST_YEAR || first_year > last_year)
        return err_set(ERR_FATAL, "calendar: found the years %d to %d; allowed are years within %d and %d", first_year,
                       last_year, CALENDAR_FIRST_YEAR, CALENDAR_LAST_YEAR);
    c.first_day = (int32_t)days_from_civil(first_year, 1, 1);
    c.last_day = (int32_t)days_from_civil(last_year, 12, 31);
    /* Of midnights that come twice those that leave no other date inside. */
    c.first_us = zone_utc(&facts->zone, c.first_day * DAY_US, ZONE_CLOSING);
    c.last_us = zone_utc(&facts->zone, (c.last_day + 1) * DAY_US, ZONE_OPENING);
    days = (size_t)(c.last_day - c.first_day) + 1;
    for (int32_t day = c.first_day; day <= c.last_day; day++)
        windows += calendar_day(facts, day).hours.count;
    c.windows = arena_array(a, struct window, windows + 1);
    c.closes = arena_array(a, int64_t, days);
    c.first_close = arena_array(a, uint32_t, days);
    for (int32_t day = c.first_day; day <= c.last_day; day++) {
        add_day(&c, day);
        c.first_close[day - c.first_day] = (uint32_t)c.close_count;
    }
    if (facts->has_known_until)
        c.known_us = zone_utc(&facts->zone, (facts->known_until + INT64_C(1)) * DAY_US, ZONE_CLOSING);
    *ret = c;
    return 0;
}

/* ---- asking ---- */

int64_t calendar_worked_us(const struct calendar *c, int64_t at_us)
{
    const struct window *w = c->windows;
    size_t n = c->window_count;

    if (n == 0 || at_us <= w->open_us)
        return 0;
    while (n > 1) { /* the last window that opens before the instant */
        size_t half = n / 2;

        if (w[half].open_us <= at_us)
            w += half;
        n -= half;
    }
    return w->before_us + (at_us < w->close_us ? at_us : w->close_us) - w->open_us;
}

bool calendar_when_worked(const struct calendar *c, int64_t worked_us, int64_t *ret_us)
{
    const struct window *w = c->windows;
    size_t n = c->window_count;
    int64_t at;

    if (n == 0)
        return false;
    while (n > 1) { /* the last window before which less was worked */
        size_t half = n / 2;

        if (w[half].before_us < worked_us)
            w += half;
        n -= half;
    }
    at = w->open_us + (worked_us - w->before_us);
    if (at > w->close_us)
        return false;
    *ret_us = at;
    return true;
}

size_t calendar_close_from(const struct calendar *c, int64_t at_us)
{
    size_t low = 0, n = c->close_count;

    while (n > 0) {
        size_t half = n / 2;

        if (c->closes[low + half] < at_us) {
            low += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return low;
}

int calendar_missing_year(const struct calendar *c, int64_t now_us)
{
    unsigned month, day;
    int year;

    if (!c->facts.has_known_until)
        return 0;
    civil_from_days(zone_date(&c->facts.zone, now_us), &year, &month, &day);
    if (c->facts.known_until < days_from_civil(year, 12, 31))
        return year;
    return month >= 11 && c->facts.known_until < days_from_civil(year + 1, 12, 31) ? year + 1 : 0;
}
