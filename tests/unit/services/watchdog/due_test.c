/* Due instants by hand: the golden vectors of the trade, and every edge of docs/clocks.md. */
#include <criterion/criterion.h>

#include "tests/support/calendars.h"

static struct arena arena;
static const struct calendar *office, *nation, *hotline;

static void init(void)
{
    arena_init(&arena, 0);
    office = calendar_of_file(&arena, "deploy/calendars/cn-office.yaml", 2023, 2030);
    nation = calendar_of_file(&arena, "deploy/calendars/cn.yaml", 2023, 2030);
    hotline = calendar_of_file(&arena, "deploy/calendars/cn-hotline.yaml", 2023, 2030);
}

static void done(void)
{
    arena_done(&arena);
}

TestSuite(due, .init = init, .fini = done);

#define EVERY_DAY(windows)                                                                                             \
    "week: { mon: " windows ", tue: " windows ", wed: " windows ", thu: " windows ", fri: " windows ", sat: " windows  \
    ", sun: " windows " }\n"

Test(due, golden_vectors)
{
    static const char *const vectors[][3] = {
        { "2025-09-26", "5wd", "2025-10-10" }, { "2026-09-18", "5wd", "2026-09-24" },
        { "2025-01-24", "3wd", "2025-02-05" }, { "2026-02-13", "5wd", "2026-02-27" },
        { "2026-09-30", "3wd", "2026-10-10" },
    };

    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const char *from = arena_printf(&arena, "%sT15:00", vectors[i][0]);

        assert_due(office, from, vectors[i][1], "", arena_printf(&arena, "%sT17:30", vectors[i][2]));
        assert_due(nation, from, vectors[i][1], "", arena_printf(&arena, "%sT16:00:00Z", vectors[i][2])); /* 24:00 */
    }
}

Test(due, elapsed_time)
{
    assert_due(office, "2026-09-18T15:00", "24h", "", "2026-09-19T15:00");
    assert_due(office, "2026-09-18T15:00:00.000001", "1m", "", "2026-09-18T15:01:00.000001");
    /* a pause that begins when it is due comes too late; one microsecond earlier it does not */
    assert_due(office, "2026-09-18T15:00", "2h", "2026-09-18T17:00/", "2026-09-18T17:00");
    assert_due(office, "2026-09-18T15:00", "2h", "2026-09-18T16:59:59.999999/", "never");
    assert_due(office, "2026-09-18T15:00", "2h", "2026-09-18T16:59:59.999999/2026-09-18T18:00",
               "2026-09-18T18:00:00.000001");
}

Test(due, pauses_in_any_form)
{
    /* before the start, over the start, empty, in disorder, overlapping, touching */
    assert_due(office, "2026-09-18T15:00", "2h", "2026-09-18T10:00/2026-09-18T14:00", "2026-09-18T17:00");
    assert_due(office, "2026-09-18T15:00", "2h", "2026-09-18T10:00/2026-09-18T15:00", "2026-09-18T17:00");
    assert_due(office, "2026-09-18T15:00", "2h", "2026-09-18T10:00/2026-09-18T16:00", "2026-09-18T18:00");
    assert_due(office, "2026-09-18T15:00", "2h", "2026-09-18T16:00/2026-09-18T16:00", "2026-09-18T17:00");
    assert_due(office, "2026-09-18T15:00", "2h",
               "2026-09-18T17:00/2026-09-18T18:00,2026-09-18T16:00/2026-09-18T16:30,2026-09-18T16:15/2026-09-18T16:45,"
               "2026-09-18T16:45/2026-09-18T17:00",
               "2026-09-18T19:00");
    assert_due(office, "2026-09-18T15:00", "2h", "2026-09-18T10:00/", "never");
    assert_due(office, "2026-09-18T15:00", "2h", "2026-09-18T16:00/,2026-09-18T16:30/2026-09-18T16:45", "never");
}

Test(due, days)
{
    assert_due(office, "2026-09-18T15:00:00.5", "7d", "", "2026-09-25T15:00:00.5");
    assert_due(office, "2024-02-29T12:00", "366d", "", "2025-03-01T12:00");
    /* each pause that begins before what is reached so far; the third only because of the second */
    assert_due(office, "2026-09-18T15:00", "1d", "2026-09-19T15:00/2026-09-20T00:00", "2026-09-19T15:00");
    assert_due(office, "2026-09-18T15:00", "1d", "2026-09-19T14:59/2026-09-19T16:59", "2026-09-19T17:00");
    assert_due(office, "2026-09-18T15:00", "1d",
               "2026-09-18T16:00/2026-09-18T18:00,2026-09-19T16:00/2026-09-19T17:00,2026-09-19T17:59/2026-09-20T00:00,"
               "2026-09-20T06:00/2026-09-20T07:00",
               "2026-09-20T00:01");
    assert_due(office, "2026-09-18T15:00", "1d", "2026-09-18T10:00/2026-09-18T16:00", "2026-09-19T16:00");
    assert_due(office, "2026-09-18T15:00", "1d", "2026-09-19T14:59/", "never");
    assert_due(office, "2026-09-18T15:00", "1d", "2026-09-19T15:00/", "2026-09-19T15:00");
}

Test(due, days_over_changes_of_the_clock)
{
    const struct calendar *c = calendar_of_text(&arena, "zone: Europe/Berlin\n" EVERY_DAY("off"), 2026, 2026);

    assert_due(c, "2026-03-28T15:00", "1d", "", "2026-03-29T15:00");          /* 23 hours */
    assert_due(c, "2026-03-28T02:30", "1d", "", "2026-03-29T03:00");          /* skipped: the moment of the change */
    assert_due(c, "2026-10-24T02:30", "1d", "", "2026-10-25T02:30:00+01:00"); /* repeated: an end, so the second */
    assert_due(c, "2026-10-25T02:30:00+02:00", "1d", "", "2026-10-26T02:30:00+01:00");
    assert_due(c, "2026-10-24T15:00", "24h", "", "2026-10-25T14:00:00+01:00");
}

Test(due, working_days_count_closes_of_later_days)
{
    assert_due(office, "2026-09-14T00:00", "1wd", "", "2026-09-15T17:30"); /* before opening: still the start day */
    assert_due(office, "2026-09-14T23:59:59.999999", "1wd", "", "2026-09-15T17:30");
    assert_due(office, "2026-09-18T15:00", "1wd", "", "2026-09-20T17:30"); /* a Sunday that is worked */
    assert_due(office, "2026-09-19T12:00", "1wd", "", "2026-09-20T17:30"); /* started on a day off */
    assert_due(office, "2026-10-01T12:00", "1wd", "", "2026-10-08T17:30");
    assert_due(nation, "2026-09-18T15:00", "1wd", "", "2026-09-21T00:00");  /* 24:00 of the 20th */
    assert_due(nation, "2026-09-21T00:00", "1wd", "", "2026-09-23T00:00");  /* midnight is the 21st already */
    assert_due(hotline, "2026-09-30T09:00", "1wd", "", "2026-10-01T17:00"); /* open on a holiday, shorter */
}

Test(due, closes_inside_a_pause_do_not_count)
{
    /* the next close is 09-21 17:30 (09-20 is worked) */
    assert_due(office, "2026-09-20T15:00", "1wd", "2026-09-21T09:00/2026-09-21T17:30", "2026-09-21T17:30");
    assert_due(office, "2026-09-20T15:00", "1wd", "2026-09-21T09:00/2026-09-21T17:30:00.000001", "2026-09-22T17:30");
    assert_due(office, "2026-09-20T15:00", "1wd", "2026-09-21T17:30/2026-09-21T17:30:00.000001", "2026-09-22T17:30");
    assert_due(office, "2026-09-20T15:00", "1wd", "2026-09-21T17:30:00.000001/", "2026-09-21T17:30");
    assert_due(office, "2026-09-20T15:00", "1wd", "2026-09-21T17:30/", "never");
    assert_due(office, "2026-09-20T15:00", "3wd", "2026-09-21T12:00/2026-09-23T12:00", "2026-09-28T17:30");
    assert_due(office, "2026-09-20T15:00", "1wd", "2026-09-19T00:00/2026-09-22T12:00", "2026-09-22T17:30");
    assert_due(office, "2026-09-20T15:00", "2wd", "2026-09-21T17:00/2026-09-21T18:00,2026-09-22T17:00/2026-09-22T18:00",
               "2026-09-24T17:30");
    assert_due(nation, "2026-09-20T15:00", "1wd", "2026-09-22T00:00/2026-09-22T00:00:01", "2026-09-23T00:00");
}

Test(due, working_hours)
{
    assert_due(office, "2026-09-18T15:00", "1wh", "", "2026-09-18T16:00");
    assert_due(office, "2026-09-18T16:30", "1wh", "",
               "2026-09-18T17:30"); /* completed at the close: not next morning */
    assert_due(office, "2026-09-18T16:30:00.000001", "1wh", "", "2026-09-20T08:30:00.000001");
    assert_due(office, "2026-09-18T11:00", "2wh", "", "2026-09-18T14:30"); /* over lunch */
    assert_due(office, "2026-09-18T12:30", "4wh", "", "2026-09-18T17:30");
    assert_due(office, "2026-09-18T20:00", "1wh", "", "2026-09-20T09:30");
    assert_due(office, "2026-09-24T16:30", "2wh", "", "2026-09-28T09:30"); /* over Mid-Autumn */
    assert_due(office, "2026-09-18T11:00", "2wh", "2026-09-18T11:30/2026-09-18T14:00", "2026-09-18T15:30");
    assert_due(office, "2026-09-18T11:00", "1wh", "2026-09-18T12:00/2026-09-18T14:00", "2026-09-18T12:00");
    assert_due(office, "2026-09-18T11:00", "1wh", "2026-09-18T12:00/", "2026-09-18T12:00");
    assert_due(office, "2026-09-18T11:00", "2wh", "2026-09-18T12:00/2026-09-18T13:30", "2026-09-18T14:30");
    assert_due(office, "2026-09-18T11:00", "2wh", "2026-09-18T12:00/", "never");
}

Test(due, outside_the_years)
{
    struct clock k = clock_of(&arena, office, "2030-12-30T12:00", "5wd", "");
    int64_t due = 42;

    cr_assert_eq(clock_due(&k, &due), CLOCK_OUTSIDE);
    k.limit = limit_of("100h");
    cr_assert_eq(clock_due(&k, &due), CLOCK_OUTSIDE);
    k.limit = limit_of("9d");
    cr_assert_eq(clock_due(&k, &due), CLOCK_OUTSIDE);
    k.limit = limit_of("40wh");
    cr_assert_eq(clock_due(&k, &due), CLOCK_OUTSIDE);
    k.start_us = instant(office, "2022-12-31T23:59:59");
    cr_assert_eq(clock_due(&k, &due), CLOCK_OUTSIDE);
    cr_assert_eq(due, 42);
    assert_due(nation, "2030-12-30T12:00", "1wd", "", "2030-12-31T16:00:00Z"); /* 24:00 of the very last day */
}

Test(due, no_work_at_all_is_never_due)
{
    const struct calendar *c = calendar_of_text(&arena, "zone: UTC\n" EVERY_DAY("off"), 2026, 2026);
    struct clock k = clock_of(&arena, c, "2026-01-01T00:00", "1wh", "");
    int64_t due;

    cr_assert_eq(clock_due(&k, &due), CLOCK_OUTSIDE);
    k.limit = limit_of("1wd");
    cr_assert_eq(clock_due(&k, &due), CLOCK_OUTSIDE);
    assert_due(c, "2026-01-01T00:00", "1d", "", "2026-01-02T00:00");
}

static bool provisional(const struct calendar *c, const char *due)
{
    struct clock k = { .calendar = c };

    return clock_provisional(&k, instant(c, due));
}

Test(due, provisional_after_the_last_published_day)
{
    cr_assert_not(provisional(office, "2026-12-31T17:30"));
    cr_assert_not(provisional(office, "2027-01-01T00:00")); /* 24:00 of the last day */
    cr_assert(provisional(office, "2027-01-01T00:00:00.000001"));
}

Test(due, percent_points_of_working_days)
{
    /* measure: 2.5 h on the 18th, then 7.5 h a day: 40 h in all */
    assert_point(office, "2026-09-18T15:00", "5wd", "", 100, "2026-09-24T17:30");
    assert_point(office, "2026-09-18T15:00", "5wd", "", 50, "2026-09-22T11:00");
    assert_point(office, "2026-09-18T15:00", "5wd", "", 25,
                 "2026-09-20T17:30"); /* 10 h: at the close, not next morning */
    assert_point(office, "2026-09-18T15:00", "5wd", "", 150, "2026-09-30T15:00");
    assert_point(office, "2026-09-18T15:00", "5wd", "2026-09-20T09:00/2026-09-20T12:00", 50, "2026-09-22T14:00");
    assert_point(office, "2026-09-18T15:00", "1wd", "2026-09-21T00:00/", 150, "never");
    assert_point(office, "2026-09-18T15:00", "1wd", "2026-09-20T17:30:00.000001/2026-09-21T12:00", 110,
                 "2026-09-21T14:30");
}

Test(due, percent_points_of_elapsed_time)
{
    assert_point(office, "2026-09-18T15:00", "10h", "", 80, "2026-09-18T23:00");
    assert_point(office, "2026-09-18T15:00", "10h", "2026-09-18T16:00/2026-09-18T17:00", 80, "2026-09-19T00:00");
    assert_point(office, "2026-09-18T15:00", "10h", "2026-09-18T23:00/2026-09-19T08:00", 80, "2026-09-18T23:00");
    assert_point(office, "2026-09-18T15:00", "10h", "2026-09-19T01:00/2026-09-19T02:00", 100, "2026-09-19T01:00");
    assert_point(office, "2026-09-18T15:00", "10h", "2026-09-19T01:00/2026-09-19T02:00", 110, "2026-09-19T03:00");
    assert_point(office, "2026-09-18T15:00", "10h", "2026-09-19T01:00/", 101, "never");
    assert_point(office, "2026-09-18T15:00", "1m", "", 33, "2026-09-18T15:00:19.8");
    assert_point(office, "2026-09-18T15:00", "2d", "2026-09-18T16:00/2026-09-18T20:00", 50, "2026-09-19T19:00");
}

Test(due, fractions_of_a_microsecond_are_cut)
{
    /* one microsecond on the first day and an hour on the second; half of it is 1800.0000005 s */
    const struct calendar *c = calendar_of_text(&arena, "zone: UTC\n" EVERY_DAY("[\"10:00-11:00\"]"), 2026, 2026);

    assert_point(c, "2026-01-01T10:59:59.999999", "1wd", "", 50, "2026-01-02T10:29:59.999999");
    assert_point(c, "2026-01-01T10:59:59.999997", "1wd", "", 50, "2026-01-02T10:29:59.999998");
    assert_point(c, "2026-01-01T10:59:59.999999", "1wd", "", 150, "2026-01-03T10:30");
}

Test(due, nothing_to_measure_puts_all_points_at_the_due_instant)
{
    const char *pauses = "2026-09-18T00:00/2026-09-20T17:30";

    assert_due(office, "2026-09-18T15:00", "1wd", pauses, "2026-09-20T17:30");
    assert_point(office, "2026-09-18T15:00", "1wd", pauses, 1, "2026-09-20T17:30");
    assert_point(office, "2026-09-18T15:00", "1wd", pauses, 200, "2026-09-20T17:30");
}

Test(due, above_hundred_never_before_due)
{
    /* day_end midnight: work ends at 10:00:00.000050, the day at 24:00; 101 % of 50 us is 50 us again */
    const struct calendar *c =
        calendar_of_text(&arena, "zone: UTC\n" EVERY_DAY("[\"10:00-11:00\"]") "day_end: midnight\n", 2026, 2026);
    const char *pauses = "2026-01-02T10:00:00.00005/2026-01-02T12:00";

    assert_due(c, "2026-01-01T12:00", "1wd", pauses, "2026-01-03T00:00");
    assert_point(c, "2026-01-01T12:00", "1wd", pauses, 99, "2026-01-02T10:00:00.000049");
    assert_point(c, "2026-01-01T12:00", "1wd", pauses, 101, "2026-01-03T00:00");
    assert_point(c, "2026-01-01T12:00", "1wd", pauses, 102, "2026-01-03T10:00:00.000001");
    assert_point(c, "2026-01-01T12:00", "1wd", pauses, 1, "2026-01-01T12:00"); /* half a microsecond: none */
}

Test(due, explanation)
{
    struct clock k = clock_of(&arena, office, "2026-09-18T15:00", "5wd", "2026-09-22T12:00/2026-09-22T18:00");
    static const enum clock_day_role roles[] = {
        CLOCK_DAY_START, CLOCK_DAY_OFF, CLOCK_DAY_MAKE_UP, CLOCK_DAY_WORK, CLOCK_DAY_PAUSED, CLOCK_DAY_WORK,
        CLOCK_DAY_WORK,  CLOCK_DAY_OFF, CLOCK_DAY_OFF,     CLOCK_DAY_OFF,  CLOCK_DAY_WORK,
    };
    struct clock_day *days;
    int64_t due, ran = 0;
    size_t n, counted = 0;

    cr_assert_eq(clock_due(&k, &due), CLOCK_REACHED);
    clock_explain(&arena, &k, due, &days, &n);
    cr_assert_eq(n, sizeof roles / sizeof roles[0]);
    for (size_t i = 0; i < n; i++) {
        cr_assert_eq(days[i].role, roles[i], "day %zu is %s", i, clock_day_role_name(days[i].role));
        counted += days[i].counted;
        ran += days[i].ran_us;
    }
    cr_assert_eq(counted, 5);
    cr_assert_eq(ran, clock_measure_us(&k, k.start_us, due));
    cr_assert_str_eq(days[7].is.name, "中秋节");
    cr_assert_eq(days[4].ran_us, INT64_C(3600000000) * 7 / 2, "the morning before the pause ran");
}

Test(due, explanation_of_midnights_and_endless_pauses)
{
    struct clock k = clock_of(&arena, nation, "2026-09-18T15:00", "1wd", "");
    struct clock_day *days;
    int64_t due;
    size_t n;

    cr_assert_eq(clock_due(&k, &due), CLOCK_REACHED);
    clock_explain(&arena, &k, due, &days, &n);
    cr_assert(n == 3 && days[2].counted, "24:00 belongs to the day that it ends");
    k = clock_of(&arena, office, "2026-09-18T15:00", "5wd", "2026-09-21T09:00/");
    cr_assert_eq(clock_due(&k, &due), CLOCK_PAUSED);
    clock_explain(&arena, &k, CLOCK_NEVER, &days, &n);
    cr_assert_eq(n, 4);
    cr_assert_eq(days[3].role, CLOCK_DAY_PAUSED);
    cr_assert_not(days[3].counted);
}
