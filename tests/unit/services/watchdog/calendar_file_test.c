#include <criterion/criterion.h>
#include <string.h>

#include "common/base/error.h"
#include "services/watchdog/calendar.h"
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

TestSuite(calendar_file, .init = init, .fini = done);

#define ZONE "zone: Asia/Shanghai\n"
#define WEEK                                                                                                           \
    "week:\n  mon: [\"08:30-12:00\", \"13:30-17:30\"]\n  tue: [\"09:00-17:00\"]\n  wed: off\n  thu: []\n"              \
    "  fri: [\"00:00-24:00\"]\n  sat: off\n  sun: off\n" /* lines 2 to 9 */

static void assert_refused(const char *yaml, const char *place, const char *what)
{
    struct calendar c;

    cr_assert_eq(calendar_load_text(&arena, "c.yaml", yaml, strlen(yaml), 2024, 2027, &c), ERR_FATAL, "taken:\n%s",
                 yaml);
    cr_assert(strstr(err_text(), place) && strstr(err_text(), what), "wanted %s and %s, found\n%s", place, what,
              err_text());
}

Test(calendar_file, all_that_may_be_written)
{
    const struct calendar *c = calendar_of_text(
        &arena,
        ZONE WEEK "make_up_hours: [\"09:00-16:00\"]\nday_end: midnight\nknown_until: 2026-12-31\n"
                  "days:\n  2026-10-01..2026-10-07: off\n  2026-02-13: [\"08:30-12:00\"]\n  2026-01-04: work\n"
                  "  2026-01-05: []\nnames:\n  2026-10-01..2026-10-07: 国庆节\n",
        2024, 2027);

    cr_assert_str_eq(c->facts.zone.name, "Asia/Shanghai");
    cr_assert_eq(c->facts.week[0].count, 2);
    cr_assert_eq(c->facts.week[2].count, 0);
    cr_assert_eq(c->facts.week[3].count, 0);
    cr_assert_eq(c->facts.week[4].items[0].close, 1440);
    cr_assert(c->facts.make_up.count == 1 && c->facts.make_up.items[0].close == 16 * 60);
    cr_assert(c->facts.ends_at_midnight && c->facts.has_known_until);
    cr_assert_eq(c->facts.rule_count, 4);
    for (size_t i = 1; i < c->facts.rule_count; i++)
        cr_assert_lt(c->facts.rules[i - 1].last, c->facts.rules[i].first, "sorted");
    cr_assert_eq(c->facts.rules[0].kind, DAY_MAKE_UP);
    cr_assert_eq(c->facts.rules[1].kind, DAY_OFF);
    cr_assert_eq(c->facts.rules[2].kind, DAY_HOURS);
}

Test(calendar_file, defaults)
{
    const struct calendar *c = calendar_of_text(&arena, ZONE WEEK, 2024, 2027);

    cr_assert_eq(c->facts.make_up.count, 2, "Monday's");
    cr_assert_not(c->facts.ends_at_midnight);
    cr_assert_not(c->facts.has_known_until);
    cr_assert_eq(c->known_us, INT64_MAX);
}

Test(calendar_file, zone)
{
    assert_refused("", "c.yaml:1:1", "a map");
    assert_refused(WEEK, "c.yaml:1:1", "zone");
    assert_refused("zone: China\n" WEEK, "c.yaml:1:7", "such as Asia/Shanghai");
    assert_refused("zone: [UTC]\n" WEEK, "c.yaml:1:7", "zone");
}

Test(calendar_file, week)
{
    assert_refused(ZONE, "c.yaml:1:1", "week");
    assert_refused(ZONE "week: { mon: off, tue: off, wed: off, thu: off, fri: off, sat: off }\n", "c.yaml:2:7",
                   "no \"sun\"");
    assert_refused(ZONE "week: { mon: off, tue: off, wed: off, thu: off, fri: off, sat: off, son: off }\n",
                   "c.yaml:2:69", "week.son: unknown key");
    assert_refused(ZONE "week: { mon: work, tue: off, wed: off, thu: off, fri: off, sat: off, sun: off }\n",
                   "c.yaml:2:14", "found \"work\"; allowed is off or a list");
    assert_refused(ZONE "week: { mon: , tue: off, wed: off, thu: off, fri: off, sat: off, sun: off }\n",
                   "c.yaml:2:", "found nothing");
}

static void assert_windows_refused(const char *windows, const char *place, const char *what)
{
    assert_refused(arena_printf(&arena, ZONE WEEK "make_up_hours: %s\n", windows), place, what);
}

Test(calendar_file, windows)
{
    static const char *const forms[] = { "8:30-12:00",  "08:30-12",    "08:30–12:00", "08:30 - 12:00", "08:60-12:00",
                                         "08:30-24:01", "25:00-26:00", "0830-1200",   "off",           "08:30-12:00 " };

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        assert_windows_refused(arena_printf(&arena, "[\"%s\"]", forms[i]), "c.yaml:10:17",
                               "allowed is HH:MM-HH:MM within 00:00-24:00");
    assert_windows_refused("[\"12:00-12:00\"]", "c.yaml:10:17", "ends before it has begun");
    assert_windows_refused("[\"22:00-06:00\"]", "c.yaml:10:17", "one over midnight is two");
    assert_windows_refused("[\"24:00-24:00\"]", "c.yaml:10:17", "ends before it has begun");
    assert_windows_refused("[\"08:00-12:00\", \"11:59-13:00\"]", "c.yaml:10:32", "begins before \"08:00-12:00\" ends");
    assert_windows_refused("[\"13:00-14:00\", \"08:00-12:00\"]", "c.yaml:10:32", "in their order");
    assert_windows_refused("\"08:00-12:00\"", "c.yaml:10:16", "a list of windows");
    assert_windows_refused("[[\"08:00-12:00\"]]", "c.yaml:10:17", "found a list");
    calendar_of_text(&arena, ZONE WEEK "make_up_hours: [\"08:00-12:00\", \"12:00-24:00\"]\n", 2024, 2027);
}

static void assert_days_refused(const char *days, const char *place, const char *what)
{
    assert_refused(arena_printf(&arena, ZONE WEEK "days:\n%s", days), place, what);
}

Test(calendar_file, days)
{
    assert_days_refused("  2026-02-29: off\n", "c.yaml:11:3", "found \"2026-02-29\"; allowed is a date");
    assert_days_refused("  2026-2-1: off\n", "c.yaml:11:3", "2026-10-01..2026-10-07");
    assert_days_refused("  2026-02-01...2026-02-03: off\n", "c.yaml:11:3", "allowed is a date");
    assert_days_refused("  2026-02-03..2026-02-01: off\n", "c.yaml:11:3", "last date is before its first");
    assert_days_refused("  1969-12-31: off\n", "c.yaml:11:3", "from 1970 to 2100");
    assert_days_refused("  2026-02-01: holiday\n", "c.yaml:11:15", "found \"holiday\"; allowed is off, work or");
    assert_days_refused("  2026-02-01: { off: 1 }\n", "c.yaml:11:15", "found a map");
    assert_days_refused("  2026-02-01:\n", "c.yaml:11:", "found nothing");
    assert_days_refused("  2026-02-01: [\"08:00-07:00\"]\n", "c.yaml:11:16", "ends before it has begun");
}

Test(calendar_file, a_later_line_for_the_same_date)
{
    assert_days_refused("  2026-10-01: off\n  2026-10-01: work\n", "c.yaml:12:3", "line 11");
    assert_days_refused("  2026-10-01..2026-10-07: off\n  2026-10-05: work\n", "c.yaml:12:3",
                        "found 2026-10-05 again, which line 11 has already");
    assert_days_refused("  2026-10-05: work\n  2026-10-01..2026-10-07: off\n", "c.yaml:12:3", "2026-10-05 again,");
    assert_days_refused("  2026-10-01..2026-10-07: off\n  2026-09-20: work\n  2026-10-07..2026-10-09: off\n",
                        "c.yaml:13:3", "2026-10-07 again, which line 11");
    assert_days_refused("  2026-10-01..2026-10-07: off\n  2026-10-06..2026-10-09: off\n", "c.yaml:12:3",
                        "2026-10-06 again and more");
    assert_refused(ZONE WEEK "names:\n  2026-10-01..2026-10-07: a\n  2026-10-07: b\n", "c.yaml:12:3", "line 11");
}

Test(calendar_file, work_needs_hours)
{
    const char *week = "week: { mon: off, tue: off, wed: off, thu: off, fri: off, sat: off, sun: off }\n";

    assert_refused(arena_printf(&arena, ZONE "%sdays:\n  2026-02-01: work\n", week), "c.yaml:4:15",
                   "nothing says its hours");
    calendar_of_text(&arena,
                     arena_printf(&arena, ZONE "%smake_up_hours: [\"09:00-17:00\"]\ndays:\n  2026-02-01: work\n", week),
                     2024, 2027);
}

Test(calendar_file, other_keys)
{
    assert_refused(ZONE WEEK "day_end: noon\n", "c.yaml:10:10", "close, midnight");
    assert_refused(ZONE WEEK "known_until: 2026\n", "c.yaml:10:14", "found \"2026\"; allowed is a date");
    assert_refused(ZONE WEEK "holidays: {}\n", "c.yaml:10:1", "holidays");
    assert_refused(ZONE WEEK "days: [2026-01-01]\n", "c.yaml:10:7", "a map");
    assert_refused(ZONE WEEK "names:\n  2026-01-01: []\n", "c.yaml:11:15", "a list");
}

Test(calendar_file, all_problems_at_once)
{
    const char *yaml = "zone: Mars\n" WEEK "day_end: noon\ndays:\n  x: off\n";

    assert_refused(yaml, "c.yaml:1:7", "c.yaml:10:10");
    assert_refused(yaml, "c.yaml:12:3", "c.yaml:10:10");
}

Test(calendar_file, missing_file)
{
    struct calendar c;

    cr_assert_eq(calendar_load_file(&arena, "tests/no-such-calendar.yaml", 2024, 2027, &c), ERR_FATAL);
    cr_assert(strstr(err_text(), "no-such-calendar.yaml"));
}
