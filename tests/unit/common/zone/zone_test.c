#include <criterion/criterion.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/zone/zone.h"

static struct arena arena;

static void init(void)
{
    arena_init(&arena, 0);
}

static void done(void)
{
    arena_done(&arena);
}

TestSuite(zone, .init = init, .fini = done);

static struct zone load(const char *name)
{
    struct zone z = { 0 };

    cr_assert_eq(zone_load(&arena, name, 1970, 2100, &z), 0, "%s", name);
    return z;
}

static void assert_utc(const struct zone *z, const char *local, const char *opening, const char *closing)
{
    char text[RFC3339_SIZE];
    int64_t us;

    cr_assert(rfc3339_parse(local, strlen(local), &us));
    rfc3339_format(zone_utc(z, us, ZONE_OPENING), text);
    cr_assert_str_eq(text, opening, "%s %s opening", z->name, local);
    rfc3339_format(zone_utc(z, us, ZONE_CLOSING), text);
    cr_assert_str_eq(text, closing, "%s %s closing", z->name, local);
}

Test(zone, skipped_times_are_the_moment_of_the_change)
{
    struct zone berlin = load("Europe/Berlin"), apia = load("Pacific/Apia"), howe = load("Australia/Lord_Howe");

    assert_utc(&berlin, "2026-03-29T01:59:59Z", "2026-03-29T00:59:59Z", "2026-03-29T00:59:59Z");
    assert_utc(&berlin, "2026-03-29T02:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z");
    assert_utc(&berlin, "2026-03-29T02:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z");
    assert_utc(&berlin, "2026-03-29T03:00:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z");
    assert_utc(&berlin, "2026-03-29T03:00:01Z", "2026-03-29T01:00:01Z", "2026-03-29T01:00:01Z");
    assert_utc(&apia, "2011-12-30T12:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z"); /* a whole day */
    assert_utc(&howe, "2026-10-04T02:15:00Z", "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z"); /* half an hour */
}

Test(zone, repeated_times_open_first_and_close_second)
{
    struct zone berlin = load("Europe/Berlin"), azores = load("Atlantic/Azores");

    assert_utc(&berlin, "2026-10-25T01:59:59Z", "2026-10-24T23:59:59Z", "2026-10-24T23:59:59Z");
    assert_utc(&berlin, "2026-10-25T02:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z");
    assert_utc(&berlin, "2026-10-25T02:59:59Z", "2026-10-25T00:59:59Z", "2026-10-25T01:59:59Z");
    assert_utc(&berlin, "2026-10-25T03:00:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:00:00Z");
    assert_utc(&azores, "2026-10-25T00:00:00Z", "2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"); /* midnight twice */
}

Test(zone, shanghai_had_summer_time_until_1991)
{
    struct zone z = load("Asia/Shanghai");
    char text[ZONE_TIME_SIZE];

    zone_format(&z, INT64_C(645019200000000), text); /* 1990-06-10T12:00Z */
    cr_assert_str_eq(text, "1990-06-10T21:00:00+09:00");
    zone_format(&z, INT64_C(1789714800000001), text);
    cr_assert_str_eq(text, "2026-09-18T15:00:00.000001+08:00");
    cr_assert_lt(z.count, 20);
}

Test(zone, formats_odd_offsets)
{
    struct zone kathmandu = load("Asia/Kathmandu"), john = load("America/St_Johns"), utc = load("UTC"),
                monrovia = load("Africa/Monrovia");
    char text[ZONE_TIME_SIZE];

    zone_format(&kathmandu, INT64_C(1789714800000000), text);
    cr_assert_str_eq(text, "2026-09-18T12:45:00+05:45");
    zone_format(&john, INT64_C(1789714800000000), text);
    cr_assert_str_eq(text, "2026-09-18T04:30:00-02:30");
    zone_format(&utc, INT64_C(1789714800500000), text);
    cr_assert_str_eq(text, "2026-09-18T07:00:00.500000+00:00");
    zone_format(&monrovia, 0, text);
    cr_assert_str_eq(text, "1969-12-31T23:15:30-00:44:30");
    cr_assert_eq(zone_date(&monrovia, 0), -1);
    cr_assert_eq(zone_date(&john, INT64_C(1789714800000000)), 20714);
}

Test(zone, only_names_of_iana)
{
    static const char *const bad[] = {
        "",    "Mars/Base",    "asia/shanghai", "GMT+8",  "UTC+8",          "CST",
        "IST", "SystemV/PST8", "Etc/Unknown",   "+08:00", "Asia/Shanghai ", "亚洲/上海"
    };
    struct zone z;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_assert_eq(zone_load(&arena, bad[i], 1970, 2100, &z), 1, "\"%s\" was taken", bad[i]);
    load("PRC");
    load("Etc/GMT-8");
}

/* What zone_utc says is what the local clock shows, or lies at a change. */
Test(zone, there_and_back_over_every_change)
{
    static const char *const names[] = { "Europe/Berlin", "America/Havana", "Africa/Cairo", "Pacific/Apia" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct zone z = load(names[i]);

        for (size_t c = 1; c < z.count; c++)
            for (int64_t at = z.changes[c].at_us - 3 * INT64_C(3600000000);
                 at < z.changes[c].at_us + 3 * INT64_C(3600000000); at += INT64_C(600000000)) {
                int64_t local = zone_local(&z, at), first = zone_utc(&z, local, ZONE_OPENING),
                        last = zone_utc(&z, local, ZONE_CLOSING);

                cr_assert(first == at || last == at, "%s, change %zu", names[i], c);
                cr_assert(zone_local(&z, first) == local && zone_local(&z, last) == local);
            }
    }
}
