#include "common/base/clock.h"

#include <criterion/criterion.h>
#include <string.h>

static bool parse(const char *text, int64_t *ret)
{
    return rfc3339_parse(text, strlen(text), ret);
}

Test(clock, rfc3339_is_read_in_any_zone)
{
    int64_t a, b;

    cr_assert(parse("2026-09-18T15:00:00+08:00", &a));
    cr_assert(parse("2026-09-18T07:00:00Z", &b));
    cr_expect_eq(a, b);
    cr_assert(parse("1970-01-01T00:00:00.000001Z", &a));
    cr_expect_eq(a, 1);
    cr_assert(parse("1969-12-31T23:59:59.5Z", &a));
    cr_expect_eq(a, -500000);
    cr_assert(parse("2026-09-18T07:00:00.123456789Z", &a));
    cr_expect_eq(a - b, 123456);
}

Test(clock, what_is_no_time_is_refused)
{
    static const char *const bad[] = { "",
                                       "2026-09-18",
                                       "2026-13-01T00:00:00Z",
                                       "2026-02-29T00:00:00Z",
                                       "2026-01-01T24:00:00Z",
                                       "2026-01-01T00:00:60Z",
                                       "2026-01-01T00:00:00",
                                       "2026-01-01T00:00:00.Z",
                                       "2026-01-01T00:00:00.1234567890Z",
                                       "2026-01-01T00:00:00+8:00",
                                       "2026-01-01T00:00:00Zx",
                                       "0000-01-01T00:00:00Z" };
    int64_t v;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_not(parse(bad[i], &v), "%s", bad[i]);
    cr_expect(parse("2024-02-29T00:00:00Z", &v));
}

Test(clock, written_times_are_read_back)
{
    for (int64_t at = -62135596800000000; at < 253402300799000000; at += 86399999999 * 37) {
        char text[RFC3339_SIZE];
        int64_t back;

        rfc3339_format(at, text);
        cr_assert(parse(text, &back), "%s", text);
        cr_assert_eq(back, at, "%s", text);
    }
}

Test(clock, civil_days_go_both_ways)
{
    for (int64_t day = -800000; day < 800000; day += 17) {
        unsigned month, d;
        int year;

        civil_from_days(day, &year, &month, &d);
        cr_assert_eq(days_from_civil(year, month, d), day);
    }
}
