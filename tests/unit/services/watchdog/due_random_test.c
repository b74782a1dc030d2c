/* Random clocks: what must hold for each of them, and the same answers as a second implementation gives.
 * REDRESS_TEST_FULL=1 compares 1,000,000 instead of 20,000; REDRESS_TEST_SEED repeats a run.
 * timeout: 3600 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "common/base/str.h"
#include "tests/support/calendars.h"
#include "tests/support/naive_clock.h"

#define FIRST_YEAR 2015
#define LAST_YEAR  2021 /* of starts; the tables reach further */
#define SPARE      6
#define MINUTE_US  INT64_C(60000000)
#define PAUSES_MAX 6

static const char *const zones[] = { "Asia/Shanghai",   "Europe/Berlin",     "America/New_York", "Australia/Lord_Howe",
                                     "Atlantic/Azores", "America/Sao_Paulo", "Asia/Kathmandu",   "America/Havana" };

struct random_case {
    int64_t start;
    struct limit limit;
    struct pause pauses[PAUSES_MAX];
    size_t pause_count;
    int percent;
};

/* ---- calendars ---- */

static struct hours_list random_hours(struct arena *a, uint64_t *seed, bool near_changes)
{
    struct hours *h = arena_array(a, struct hours, 3);
    int64_t at = 0, top = near_changes ? 240 : 1440, step = near_changes ? 15 : 5;
    size_t n = (size_t)random_within(seed, 1, 3), made = 0;

    for (size_t i = 0; i < n; i++) {
        int64_t open = at + step * random_within(seed, 0, (top - at) / step / 2);
        int64_t close = open + step * random_within(seed, 1, (top - at) / step / 2 + 1);

        if (close > 1440)
            break;
        h[made++] = (struct hours){ (uint16_t)open, (uint16_t)close };
        at = close;
        if (top - at < 4 * step)
            break;
    }
    if (random_within(seed, 0, 9) == 0)
        h[made++] = (struct hours){ (uint16_t)(at > 1380 ? 1439 : 1380), 1440 };
    return (struct hours_list){ h, at > 1380 && made > 1 && h[made - 1].close == 1440 ? made - 1 : made };
}

static void random_rules(struct arena *a, uint64_t *seed, bool near, struct calendar_facts *f)
{
    struct day_rule *rules = arena_array(a, struct day_rule, 200);
    int32_t day = (int32_t)days_from_civil(FIRST_YEAR, 1, 1);

    for (f->rule_count = 0; f->rule_count < 200; f->rule_count++) {
        struct day_rule *r = &rules[f->rule_count];

        r->first = day + (int32_t)random_within(seed, 0, 20);
        r->last = r->first + (random_within(seed, 0, 3) ? 0 : (int32_t)random_within(seed, 1, 8));
        r->kind = (enum day_kind)random_within(seed, DAY_OFF, DAY_HOURS);
        if (r->kind == DAY_HOURS)
            r->hours = random_hours(a, seed, near);
        day = r->last + 1;
    }
    f->rules = rules;
}

static struct calendar *random_calendar(struct arena *a, uint64_t *seed, const char *zone)
{
    bool near = random_within(seed, 0, 1);
    struct calendar *c = arena_new(a, struct calendar);
    struct calendar_facts f = { .ends_at_midnight = random_within(seed, 0, 2) == 0 };

    cr_assert_eq(zone_load(a, zone, FIRST_YEAR - 2, LAST_YEAR + SPARE + 2, &f.zone), 0);
    for (int i = 0; i < 7; i++)
        if (i == 0 || random_within(seed, 0, 9) < (i < 5 ? 9 : 2))
            f.week[i] = random_hours(a, seed, near);
    f.make_up = random_within(seed, 0, 1) ? f.week[0] : random_hours(a, seed, near);
    random_rules(a, seed, near, &f);
    cr_assert_eq(calendar_prepare(a, &f, FIRST_YEAR - 1, LAST_YEAR + SPARE, c), 0);
    return c;
}

/* ---- questions ---- */

/* Often an opening, a close or a change of the zone, exactly or a microsecond beside it. */
static int64_t random_instant(uint64_t *seed, const struct calendar *c, int64_t low, int64_t high)
{
    int64_t at = random_within(seed, low, high > low ? high : low), worked;
    const struct zone *z = &c->facts.zone;

    switch (random_within(seed, 0, 5)) {
    case 0:
        at -= at % (15 * MINUTE_US);
        break;
    case 1:
        if (calendar_when_worked(c, calendar_worked_us(c, at) + 1, &worked))
            at = worked - 1 + random_within(seed, -1, 1);
        break;
    case 2:
        at = c->closes[calendar_close_from(c, at)] + random_within(seed, -1, 1);
        break;
    case 3:
        if (z->count > 2)
            at = z->changes[random_within(seed, 1, (int64_t)z->count - 1)].at_us +
                 MINUTE_US * 15 * random_within(seed, -12, 12);
        break;
    default:
        break;
    }
    return at < low ? low : at > high ? (high > low ? high : low) : at;
}

/* So many days before a local time that is skipped, repeated or beside those. */
static int64_t start_before_change(uint64_t *seed, const struct zone *z, int32_t days, int64_t low, int64_t high)
{
    int64_t change = z->changes[random_within(seed, 1, (int64_t)z->count - 1)].at_us;
    int64_t local = zone_local(z, change) + MINUTE_US * 15 * random_within(seed, -8, 8) + random_within(seed, -1, 1);
    int64_t at = zone_utc(z, local - days * DAY_US, ZONE_OPENING);

    return at < low ? low : at > high ? high : at;
}

static struct random_case random_case(uint64_t *seed, const struct calendar *c)
{
    static const int32_t tops[] = { [LIMIT_MINUTES] = 6000,
                                    [LIMIT_HOURS] = 400,
                                    [LIMIT_DAYS] = 40,
                                    [LIMIT_WORKING_DAYS] = 30,
                                    [LIMIT_WORKING_HOURS] = 120 };
    int64_t low = days_from_civil(FIRST_YEAR, 1, 2) * DAY_US, high = days_from_civil(LAST_YEAR, 12, 30) * DAY_US;
    enum limit_unit unit = (enum limit_unit)random_within(seed, LIMIT_MINUTES, LIMIT_WORKING_HOURS);
    struct random_case k = { .start = random_instant(seed, c, low, high),
                             .limit = { unit, (int32_t)random_within(seed, 1, tops[unit]) },
                             .pause_count = (size_t)random_within(seed, 0, PAUSES_MAX),
                             .percent = (int)random_within(seed, 1, 220) };

    if (unit == LIMIT_DAYS && c->facts.zone.count > 2 && random_within(seed, 0, 1)) /* due where the clock changes */
        k.start = start_before_change(seed, &c->facts.zone, k.limit.count, low, high);
    for (size_t i = 0; i < k.pause_count; i++) {
        struct pause *p = &k.pauses[i];

        p->from_us = random_instant(seed, c, k.start - 3 * DAY_US, k.start + random_within(seed, 1, 30) * DAY_US);
        p->to_us = random_instant(seed, c, p->from_us, p->from_us + random_within(seed, 1, 10) * DAY_US);
        if (random_within(seed, 0, 60) == 0)
            p->to_us = CLOCK_NEVER;
    }
    return k;
}

/* CLOCK_NEVER for a clock that is paused without end. */
static int64_t due_of(const struct calendar *c, const struct random_case *k, struct pause *merged, struct clock *ret)
{
    int64_t due = CLOCK_NEVER;

    for (size_t i = 0; i < k->pause_count; i++)
        merged[i] = k->pauses[i];
    *ret = (struct clock){ .calendar = c, .start_us = k->start, .limit = k->limit, .pauses = merged };
    ret->pause_count = clock_pauses_merge(merged, k->pause_count, k->start);
    cr_assert_neq(clock_due(ret, &due), CLOCK_OUTSIDE);
    return due;
}

static const char *told(struct arena *a, const struct calendar *c, const struct random_case *k)
{
    char text[ZONE_TIME_SIZE], limit[LIMIT_TEXT_SIZE];
    struct strbuf b;

    strbuf_init(&b, a);
    zone_format(&c->facts.zone, k->start, text);
    limit_format(k->limit, limit);
    strbuf_printf(&b, "%s %s + %s", c->facts.zone.name, text, limit);
    for (size_t i = 0; i < k->pause_count; i++)
        strbuf_printf(&b, " [%lld, %lld)", (long long)k->pauses[i].from_us, (long long)k->pauses[i].to_us);
    return b.data;
}

/* ---- the second implementation ---- */

static void compare(struct arena *a, const struct calendar *c, const struct naive_calendar *n,
                    const struct random_case *k)
{
    struct pause merged[PAUSES_MAX];
    struct clock clock;
    int64_t due = due_of(c, k, merged, &clock), at = CLOCK_NEVER, naive;

    naive = naive_due(n, k->start, k->limit, k->pauses, k->pause_count);
    cr_assert_eq(due, naive, "%s: due %lld, naive %lld", told(a, c, k), (long long)due, (long long)naive);
    if (due == CLOCK_NEVER)
        return;
    cr_assert_neq(clock_point(&clock, due, k->percent, &at), CLOCK_OUTSIDE);
    naive = naive_point(n, k->start, k->limit, k->pauses, k->pause_count, due, k->percent);
    cr_assert_eq(at, naive, "%s at %d %%: %lld, naive %lld", told(a, c, k), k->percent, (long long)at,
                 (long long)naive);
}

Test(due_random, same_as_the_naive_twin, .timeout = 3600)
{
    uint64_t seed = random_seed("due_random/same_as_the_naive_twin");
    const char *full = getenv("REDRESS_TEST_FULL");
    int each = (full && *full == '1' ? 1000000 : 20000) / 8, calendars = full && *full == '1' ? 25 : 2;

    for (int z = 0; z < 8; z++)
        for (int i = 0; i < calendars; i++) {
            struct arena a;
            const struct calendar *c;
            struct naive_calendar *n;

            arena_init(&a, 0);
            c = random_calendar(&a, &seed, zones[z]);
            n = naive_calendar_new(&c->facts, FIRST_YEAR - 1, LAST_YEAR + SPARE);
            for (int k = 0; k < each / calendars; k++) {
                struct random_case one = random_case(&seed, c);

                compare(&a, c, n, &one);
            }
            naive_calendar_free(n);
            arena_done(&a);
        }
}

/* ---- what holds for every clock ---- */

struct scene {
    struct arena arena;
    const struct calendar *calendar;
    uint64_t seed;
};

#define EACH_CASE(scene, one)                                                                                          \
    for (int round_ = 0; round_ < 16; round_++)                                                                        \
        for (int more_ = scene_next((scene), zones[round_ % 8]); more_ > 0; more_--)                                   \
            for (struct random_case one = random_case(&(scene)->seed, (scene)->calendar), *once_ = &one; once_;        \
                 once_ = NULL)

static int scene_next(struct scene *s, const char *zone)
{
    arena_reset(&s->arena);
    s->calendar = random_calendar(&s->arena, &s->seed, zone);
    return 500;
}

static struct scene scene_new(const char *test)
{
    struct scene s = { .seed = random_seed(test) };

    arena_init(&s.arena, 0);
    return s;
}

Test(due_random, later_with_a_longer_limit)
{
    struct scene s = scene_new("due_random/later_with_a_longer_limit");
    struct pause merged[PAUSES_MAX];
    struct clock clock;

    EACH_CASE(&s, k)
    {
        int64_t due = due_of(s.calendar, &k, merged, &clock), longer;

        k.limit.count++;
        longer = due_of(s.calendar, &k, merged, &clock);
        cr_assert(k.start < due || k.limit.unit == LIMIT_WORKING_DAYS, "%s", told(&s.arena, s.calendar, &k));
        cr_assert(due < longer || longer == CLOCK_NEVER, "%s", told(&s.arena, s.calendar, &k));
    }
    arena_done(&s.arena);
}

Test(due_random, never_earlier_with_a_pause_more)
{
    struct scene s = scene_new("due_random/never_earlier_with_a_pause_more");
    struct pause merged[PAUSES_MAX];
    struct clock clock;

    EACH_CASE(&s, k)
    {
        int64_t with = due_of(s.calendar, &k, merged, &clock);

        if (k.pause_count == 0)
            continue;
        k.pause_count--;
        cr_assert_leq(due_of(s.calendar, &k, merged, &clock), with, "%s", told(&s.arena, s.calendar, &k));
    }
    arena_done(&s.arena);
}

Test(due_random, splitting_and_shuffling_pauses_changes_nothing)
{
    struct scene s = scene_new("due_random/splitting_and_shuffling_pauses_changes_nothing");
    struct pause merged[PAUSES_MAX];
    struct clock clock;

    EACH_CASE(&s, k)
    {
        struct random_case other = k;
        struct pause first = k.pauses[0];
        int64_t middle;

        if (k.pause_count == 0 || k.pause_count == PAUSES_MAX)
            continue;
        middle =
            random_within(&s.seed, first.from_us, first.to_us == CLOCK_NEVER ? first.from_us + DAY_US : first.to_us);
        other.pauses[0].to_us = middle;
        other.pauses[other.pause_count++] = (struct pause){ middle, first.to_us };
        first = other.pauses[0];
        other.pauses[0] = other.pauses[k.pause_count - 1];
        other.pauses[k.pause_count - 1] = first;
        cr_assert_eq(due_of(s.calendar, &k, merged, &clock), due_of(s.calendar, &other, merged, &clock), "%s",
                     told(&s.arena, s.calendar, &k));
    }
    arena_done(&s.arena);
}

Test(due_random, points_rise_and_the_hundredth_is_due)
{
    struct scene s = scene_new("due_random/points_rise_and_the_hundredth_is_due");
    struct pause merged[PAUSES_MAX];
    struct clock clock;

    EACH_CASE(&s, k)
    {
        int64_t due = due_of(s.calendar, &k, merged, &clock), last = k.start, at;

        for (int percent = 10; percent <= 200 && due != CLOCK_NEVER; percent += 10) {
            enum clock_outcome o = clock_point(&clock, due, percent, &at);

            if (o == CLOCK_PAUSED && percent > 100)
                break;
            cr_assert_eq(o, CLOCK_REACHED, "%s", told(&s.arena, s.calendar, &k));
            cr_assert_geq(at, last, "%s at %d %%", told(&s.arena, s.calendar, &k), percent);
            cr_assert(percent != 100 || at == due);
            cr_assert(percent >= 100 || at <= due);
            last = at;
        }
    }
    arena_done(&s.arena);
}

Test(due_random, round_the_clock_working_hours_are_hours)
{
    struct scene s = scene_new("due_random/round_the_clock_working_hours_are_hours");
    struct hours all = { 0, 1440 };
    struct pause merged[PAUSES_MAX];
    struct clock clock;

    EACH_CASE(&s, k)
    {
        static struct calendar open;
        int64_t due;

        if (more_ == 500) { /* the first of its calendar */
            struct calendar_facts f = { .zone = s.calendar->facts.zone };

            for (int i = 0; i < 7; i++)
                f.week[i] = (struct hours_list){ &all, 1 };
            cr_assert_eq(calendar_prepare(&s.arena, &f, FIRST_YEAR - 1, LAST_YEAR + SPARE, &open), 0);
        }
        k.limit.unit = LIMIT_HOURS;
        due = due_of(&open, &k, merged, &clock);
        k.limit.unit = LIMIT_WORKING_HOURS;
        cr_assert_eq(due, due_of(&open, &k, merged, &clock), "%s", told(&s.arena, &open, &k));
    }
    arena_done(&s.arena);
}
