#include <criterion/criterion.h>
#include <string.h>

#include "common/base/error.h"
#include "services/watchdog/calendar_import.h"
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

TestSuite(calendar_import, .init = init, .fini = done);

static struct imported_days days;

static int import(enum calendar_source source, const char *text)
{
    return calendar_import(&arena, source, "f", text, strlen(text), &days);
}

static const char *written(void)
{
    struct strbuf out;

    cr_assert_eq(calendar_import_merge(&days), 0, "%s", err_text());
    strbuf_init(&out, &arena);
    calendar_import_write(&out, &days);
    return out.data;
}

#define NATIONAL_DAY                                                                                                   \
    "days:\n  2026-09-20: work\n  2026-10-01..2026-10-03: off\nnames:\n  2026-09-20: \"国庆节\"\n"                  \
    "  2026-10-01..2026-10-03: \"国庆节\"\n"

Test(calendar_import, holiday_cn)
{
    cr_assert_eq(import(CALENDAR_HOLIDAY_CN,
                        "{\"year\":2026,\"papers\":[],\"days\":[{\"name\":\"国庆节\",\"date\":\"2026-10-02\","
                        "\"isOffDay\":true},{\"name\":\"国庆节\",\"date\":\"2026-09-20\",\"isOffDay\":false},"
                        "{\"name\":\"国庆节\",\"date\":\"2026-10-01\",\"isOffDay\":true},{\"name\":\"国庆节\","
                        "\"date\":\"2026-10-03\",\"isOffDay\":true}]}"),
                 0);
    cr_assert_str_eq(written(), NATIONAL_DAY);
}

Test(calendar_import, chinese_days)
{
    cr_assert_eq(
        import(CALENDAR_CHINESE_DAYS,
               "{\"holidays\":{\"2026-10-01\":\"National Day,国庆节,3\",\"2026-10-02\":\"National Day,国庆节,3\","
               "\"2026-10-03\":\"National Day,国庆节,3\"},\"workdays\":{\"2026-09-20\":\"National Day,国庆节,3\"}"
               ",\"inLieuDays\":{\"2026-10-02\":\"National Day,国庆节,3\"}}"),
        0);
    cr_assert_str_eq(written(), NATIONAL_DAY);
}

#define EVENT(lines) "BEGIN:VEVENT\r\n" lines "END:VEVENT\r\n"
#define ICS(events)  "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" events "END:VCALENDAR\r\n"

Test(calendar_import, ics)
{
    cr_assert_eq(
        import(CALENDAR_ICS,
               ICS(EVENT("DTSTART;VALUE=DATE:20261001\r\nDTEND;VALUE=DATE:20261004\r\nSUMMARY:国庆\r\n 节(休)\r\n"
                         "BEGIN:VALARM\r\nSUMMARY:x\r\nEND:VALARM\r\n")
                       EVENT("SUMMARY;LANGUAGE=\"zh:CN\":国庆节（班）\r\nDTSTART;VALUE=DATE:20260920\r\n")
                           EVENT("DTSTART:20261005T090000Z\r\nDTEND:20261005T100000Z\r\nSUMMARY:会议\r\n"))),
        0, "%s", err_text());
    cr_assert_str_eq(written(), NATIONAL_DAY);
}

Test(calendar_import, summaries_that_are_work)
{
    static const struct {
        const char *summary;
        bool work;
        const char *name;
    } cases[] = {
        { "上班", true, NULL },
        { "补班", true, NULL },
        { "补休后上班", true, "补休后上班" },
        { "春节补班", true, "春节补班" },
        { "上班（春节）", true, "春节" },
        { "春节(班)", true, "春节" },
        { "春节", false, "春节" },
        { "休", false, NULL },
        { "元旦（休）", false, "元旦" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        days.count = 0;
        cr_assert_eq(import(CALENDAR_ICS, arena_printf(&arena, ICS(EVENT("DTSTART;VALUE=DATE:20260101\nSUMMARY:%s\n")),
                                                       cases[i].summary)),
                     0);
        cr_assert_eq(days.count, 1);
        cr_assert_eq(days.items[0].work, cases[i].work, "%s", cases[i].summary);
        if (cases[i].name)
            cr_assert_str_eq(days.items[0].name, cases[i].name);
        else
            cr_assert_null(days.items[0].name, "%s", cases[i].summary);
    }
}

Test(calendar_import, what_is_refused)
{
    static const struct {
        enum calendar_source source;
        const char *text, *what;
    } bad[] = {
        { CALENDAR_HOLIDAY_CN, "", "f:" },
        { CALENDAR_HOLIDAY_CN, "[]", "no JSON object" },
        { CALENDAR_HOLIDAY_CN, "{\"holidays\":{}}", "holiday-cn's format" },
        { CALENDAR_HOLIDAY_CN, "{\"days\":[{\"date\":\"2026-02-30\",\"isOffDay\":true}]}", "days[1].date: found" },
        { CALENDAR_HOLIDAY_CN, "{\"days\":[{\"date\":\"2026-02-03\",\"isOffDay\":1}]}", "days[1].isOffDay" },
        { CALENDAR_CHINESE_DAYS, "{\"days\":[]}", "chinese-days' format" },
        { CALENDAR_CHINESE_DAYS, "{\"holidays\":{\"x\":\"\"},\"workdays\":{}}", "found \"x\"" },
        { CALENDAR_ICS, "", "no BEGIN:VCALENDAR" },
        { CALENDAR_ICS, "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\n", "has no end" },
        { CALENDAR_ICS, ICS(EVENT("SUMMARY:x\r\n")), "f:3: found an event without DTSTART" },
        { CALENDAR_ICS, ICS(EVENT("DTSTART;VALUE=DATE:20260230\r\n")), "f:4: found the date \"20260230\"" },
        { CALENDAR_ICS, ICS(EVENT("DTSTART;VALUE=DATE:20260102\r\nDTEND;VALUE=DATE:20260102\r\n")), "0 days" },
        { CALENDAR_ICS, ICS(EVENT("DTSTART;VALUE=DATE:20260102\r\nRRULE:FREQ=YEARLY\r\n")), "f:5: found \"RRULE" },
        { CALENDAR_ICS, "BEGIN:VCALENDAR\xff", "no UTF-8" },
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_eq(import(bad[i].source, bad[i].text), ERR_POISON, "%s", bad[i].text);
        cr_assert(strstr(err_text(), bad[i].what), "%s: %s", bad[i].text, err_text());
    }
}

Test(calendar_import, files_that_contradict_each_other)
{
    cr_assert_eq(import(CALENDAR_HOLIDAY_CN, "{\"days\":[{\"date\":\"2026-10-01\",\"isOffDay\":true}]}"), 0);
    cr_assert_eq(import(CALENDAR_HOLIDAY_CN, "{\"days\":[{\"date\":\"2026-10-01\",\"isOffDay\":true,\"name\":\"a\"}]}"),
                 0);
    cr_assert_str_eq(written(), "days:\n  2026-10-01: off\nnames:\n  2026-10-01: \"a\"\n");
    cr_assert_eq(import(CALENDAR_HOLIDAY_CN, "{\"days\":[{\"date\":\"2026-10-01\",\"isOffDay\":false}]}"), 0);
    cr_assert_eq(calendar_import_merge(&days), ERR_POISON);
    cr_assert(strstr(err_text(), "2026-10-01"), "%s", err_text());
    days.count = 0;
    cr_assert_str_eq(written(), "days: {}\n");
}

/* What is written as ICS and read again is the same calendar. */
Test(calendar_import, export_and_import)
{
    const struct calendar *c = calendar_of_file(&arena, "deploy/calendars/cn-office.yaml", 2024, 2026), *again;
    struct strbuf out;
    const char *yaml;

    for (int year = 2024; year <= 2026; year++) {
        strbuf_init(&out, &arena);
        calendar_export_ics(&out, c, year);
        for (const char *line = out.data, *end; *line; line = end + 2) {
            end = strstr(line, "\r\n");
            cr_assert(end && end - line <= 75, "lines are short and end with CRLF");
        }
        cr_assert_eq(calendar_import(&arena, CALENDAR_ICS, "f", out.data, out.len, &days), 0, "%s", err_text());
    }
    yaml = arena_printf(&arena,
                        "zone: Asia/Shanghai\nweek: { mon: [\"08:30-12:00\"], tue: [\"08:30-12:00\"], wed: "
                        "[\"08:30-12:00\"], thu: [\"08:30-12:00\"], fri: [\"08:30-12:00\"], sat: off, sun: off }\n%s",
                        written());
    again = calendar_of_text(&arena, yaml, 2024, 2026);
    for (int32_t day = c->first_day; day <= c->last_day; day++) {
        struct calendar_day a = calendar_day(&c->facts, day), b = calendar_day(&again->facts, day);

        cr_assert_eq(a.kind, b.kind);
        cr_assert(a.name == b.name || strcmp(a.name, b.name) == 0);
    }
}
