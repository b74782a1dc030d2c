#include <criterion/criterion.h>
#include <string.h>

#include "common/base/error.h"
#include "services/watchdog/limit.h"

Test(limit, each_unit)
{
    static const struct {
        const char *text;
        enum limit_unit unit;
        int32_t count;
    } good[] = {
        { "1m", LIMIT_MINUTES, 1 },        { "525600m", LIMIT_MINUTES, 525600 },
        { "24h", LIMIT_HOURS, 24 },        { "8760h", LIMIT_HOURS, 8760 },
        { "7d", LIMIT_DAYS, 7 },           { "366d", LIMIT_DAYS, 366 },
        { "5wd", LIMIT_WORKING_DAYS, 5 },  { "260wd", LIMIT_WORKING_DAYS, 260 },
        { "8wh", LIMIT_WORKING_HOURS, 8 }, { "2080wh", LIMIT_WORKING_HOURS, 2080 },
    };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char text[LIMIT_TEXT_SIZE];
        struct limit l;

        cr_assert_eq(limit_parse(good[i].text, strlen(good[i].text), &l), 0, "%s", good[i].text);
        cr_assert(l.unit == good[i].unit && l.count == good[i].count, "%s", good[i].text);
        limit_format(l, text);
        cr_assert_str_eq(text, good[i].text);
    }
}

Test(limit, everything_else_is_refused_with_what_is_right)
{
    static const char *const bad[] = { "",
                                       "5",
                                       "wd",
                                       "0wd",
                                       "00h",
                                       "-1h",
                                       "+1h",
                                       "1.5h",
                                       "05wd",
                                       "5 wd",
                                       "5wd ",
                                       " 5wd",
                                       "5WD",
                                       "5w",
                                       "5dw",
                                       "5wdd",
                                       "1e3m",
                                       "525601m",
                                       "8761h",
                                       "367d",
                                       "261wd",
                                       "2081wh",
                                       "99999999999999999999m",
                                       "5个工作日",
                                       "5mh" };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct limit l = { LIMIT_DAYS, 42 };

        cr_assert_eq(limit_parse(bad[i], strlen(bad[i]), &l), ERR_POISON, "%s", bad[i]);
        cr_assert_eq(l.count, 42, "%s: written to", bad[i]);
        cr_assert(strstr(err_text(), "1wd to 260wd"), "%s: %s", bad[i], err_text());
    }
}
