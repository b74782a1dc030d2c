#include <criterion/criterion.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "tests/support/calendars.h"

static struct arena arena;

static void init(void)
{
    arena_init(&arena, 0);
}

static void done(void)
{
    arena_done(&arena);
}

TestSuite(calendar, .init = init, .fini = done);

static int32_t date(const char *text)
{
    int32_t day = 0;

    cr_assert(calendar_date_parse(text, strlen(text), &day), "%s", text);
    return day;
}

static int working_days(const struct calendar *c, int year)
{
    int n = 0;

    for (int32_t day = (int32_t)days_from_civil(year, 1, 1); day < days_from_civil(year + 1, 1, 1); day++)
        n += calendar_day(&c->facts, day).hours.count > 0;
    return n;
}

Test(calendar, national_notices_2024_to_2026)
{
    static const char *const files[] = { "deploy/calendars/cn.yaml", "deploy/calendars/cn-office.yaml" };

    for (int i = 0; i < 2; i++) {
        const struct calendar *c = calendar_of_file(&arena, files[i], 2024, 2027);

        cr_assert_eq(working_days(c, 2024), 251);
        cr_assert_eq(working_days(c, 2025), 248);
        cr_assert_eq(working_days(c, 2026), 248);
        cr_assert_eq(calendar_day(&c->facts, date("2026-09-20")).kind, DAY_MAKE_UP);
        cr_assert_eq(calendar_day(&c->facts, date("2026-09-25")).hours.count, 0);
        cr_assert_str_eq(calendar_day(&c->facts, date("2026-09-25")).name, "中秋节");
        cr_assert_null(calendar_day(&c->facts, date("2026-09-28")).name);
    }
}

Test(calendar, hotline_is_open_daily_and_shorter_on_holidays)
{
    const struct calendar *c = calendar_of_file(&arena, "deploy/calendars/cn-hotline.yaml", 2026, 2026);
    struct hours_list sunday = calendar_day(&c->facts, date("2026-09-20")).hours,
                      holiday = calendar_day(&c->facts, date("2026-10-01")).hours;

    cr_assert(sunday.count == 1 && sunday.items[0].open == 8 * 60 && sunday.items[0].close == 18 * 60);
    cr_assert(holiday.count == 1 && holiday.items[0].open == 9 * 60 && holiday.items[0].close == 17 * 60);
    cr_assert_eq(working_days(c, 2026), 365);
}

Test(calendar, dates)
{
    static const char *const bad[] = { "2026-02-29",
                                       "2026-13-01",
                                       "2026-00-10",
                                       "2026-01-00",
                                       "1969-12-31",
                                       "2101-01-01",
                                       "2026-1-01",
                                       "2026/01/01",
                                       "20260101",
                                       "2026-01-01 ",
                                       "" };
    char text[CALENDAR_DATE_SIZE];
    int32_t day;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_not(calendar_date_parse(bad[i], strlen(bad[i]), &day), "%s", bad[i]);
    calendar_date_format(date("2024-02-29"), text);
    cr_assert_str_eq(text, "2024-02-29");
    cr_assert_eq(calendar_weekday(date("1970-01-01")), 3);
    cr_assert_eq(calendar_weekday(date("2026-09-20")), 6);
}

#define EVERY_DAY(windows)                                                                                             \
    "week: { mon: " windows ", tue: " windows ", wed: " windows ", thu: " windows ", fri: " windows ", sat: " windows  \
    ", sun: " windows " }\n"

static int64_t worked_on(const struct calendar *c, const char *day)
{
    const struct zone *z = &c->facts.zone;

    return (calendar_worked_us(c, zone_utc(z, (date(day) + 1) * DAY_US, ZONE_OPENING)) -
            calendar_worked_us(c, zone_utc(z, date(day) * DAY_US, ZONE_OPENING))) /
           60000000;
}

Test(calendar, working_time_over_changes_of_the_clock)
{
    const struct calendar *night =
        calendar_of_text(&arena, "zone: Europe/Berlin\n" EVERY_DAY("[\"01:30-02:30\"]"), 2026, 2026);
    const struct calendar *two =
        calendar_of_text(&arena, "zone: Europe/Berlin\n" EVERY_DAY("[\"01:00-02:15\", \"02:30-04:00\"]"), 2026, 2026);
    const struct calendar *gone =
        calendar_of_text(&arena, "zone: Europe/Berlin\n" EVERY_DAY("[\"02:10-02:50\"]"), 2026, 2026);

    cr_assert_eq(worked_on(night, "2026-03-28"), 60);
    cr_assert_eq(worked_on(night, "2026-03-29"), 30);  /* until the clock jumps at 02:00 */
    cr_assert_eq(worked_on(night, "2026-10-25"), 120); /* from the first 01:30 to the second 02:30 */
    cr_assert_eq(worked_on(two, "2026-03-29"), 120);   /* 01:00-02:00 and 03:00-04:00 */
    cr_assert_eq(worked_on(two, "2026-10-25"), 240);   /* pieces overlap, and count once: 01:00-04:00 lasts 4 h */
    cr_assert_eq(worked_on(gone, "2026-03-29"), 0);
    cr_assert_eq(worked_on(gone, "2026-10-25"), 100);
}

Test(calendar, round_the_clock_is_elapsed_time)
{
    const struct calendar *c =
        calendar_of_text(&arena, "zone: America/Havana\n" EVERY_DAY("[\"00:00-24:00\"]"), 2024, 2026);

    cr_assert_eq(c->window_count, 1, "days that touch are one window");
    cr_assert_eq(c->windows[0].close_us - c->windows[0].open_us, (365 * 2 + 366) * DAY_US);
}

Test(calendar, working_time_and_back)
{
    const struct calendar *c = calendar_of_file(&arena, "deploy/calendars/cn-office.yaml", 2024, 2026);
    int64_t at;

    for (size_t i = 0; i < c->window_count; i += 7) {
        const struct window *w = &c->windows[i];

        cr_assert_eq(calendar_worked_us(c, w->open_us), w->before_us);
        cr_assert_eq(calendar_worked_us(c, w->close_us), w->before_us + w->close_us - w->open_us);
        cr_assert(calendar_when_worked(c, w->before_us + 1, &at) && at == w->open_us + 1);
        if (i > 0) {
            cr_assert(calendar_when_worked(c, w->before_us, &at) && at == w[-1].close_us, "the first instant");
        }
    }
    at = calendar_worked_us(c, INT64_MAX);
    cr_assert_eq(calendar_worked_us(c, INT64_MIN), 0);
    cr_assert_not(calendar_when_worked(c, at + 1, &at));
}

Test(calendar, missing_year_from_november_on)
{
    const struct calendar *c = calendar_of_file(&arena, "deploy/calendars/cn.yaml", 2024, 2030);
    const struct calendar *always = calendar_of_text(&arena, "zone: UTC\n" EVERY_DAY("off"), 2026, 2026);

    cr_assert_eq(calendar_missing_year(c, instant(c, "2026-10-31T23:59:59")), 0);
    cr_assert_eq(calendar_missing_year(c, instant(c, "2026-11-01T00:00:00")), 2027);
    cr_assert_eq(calendar_missing_year(c, instant(c, "2027-03-01T00:00:00")), 2027);
    cr_assert_eq(calendar_missing_year(always, instant(always, "2026-12-01T00:00:00")), 0);
}

Test(calendar, years_have_bounds)
{
    const struct calendar *c = calendar_of_text(&arena, "zone: UTC\n" EVERY_DAY("off"), 1970, 2100);
    struct calendar other;

    cr_assert_eq(calendar_prepare(&arena, &c->facts, 1969, 2000, &other), ERR_FATAL);
    cr_assert_eq(calendar_prepare(&arena, &c->facts, 2000, 2101, &other), ERR_FATAL);
    cr_assert_eq(calendar_prepare(&arena, &c->facts, 2001, 2000, &other), ERR_FATAL);
    cr_assert_eq(c->window_count, 0);
    cr_assert_eq(c->close_count, 0);
}
