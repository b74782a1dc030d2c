#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/ctl/ctl.h"

static struct arena arena;
static struct ctl ctl;
static char *text;
static size_t size;
static FILE *console;

static const struct ctl_column columns[] = {
    { "number", "number", CTL_TEXT },
    { "count", "count", CTL_NUMBER },
    { "late", "late", CTL_BOOL },
    { "at", "at", CTL_TIME },
};

static void start(void)
{
    setenv("NO_COLOR", "1", 1);
    setenv("TZ", "Asia/Shanghai", 1);
    arena_init(&arena, 0);
    ctl = (struct ctl){ .arena = &arena };
    console = stdout;
    stdout = open_memstream(&text, &size);
}

static void stop(void)
{
    arena_done(&arena);
    free(text);
}

static const char *printed(void)
{
    fclose(stdout);
    stdout = console;
    return text;
}

static void add(struct ctl_rows *r, const char *number, int64_t count, bool late, int64_t at_us)
{
    ctl_add_text(r, number);
    ctl_add_int(r, count);
    ctl_add_bool(r, late);
    ctl_add_time(r, at_us);
}

static void two_rows(enum ctl_output form)
{
    struct ctl_rows *r;

    ctl.output = form;
    r = ctl_rows_new(&ctl, columns, 4);
    add(r, "云湖-1", 7, true, INT64_C(1789714800000000));
    add(r, NULL, 1200, false, 0);
    ctl_rows_end(r);
}

TestSuite(rows, .init = start, .fini = stop);

Test(rows, table_counts_wide_characters_twice_and_puts_numbers_right)
{
    two_rows(CTL_TABLE);
    cr_assert_str_eq(printed(), "number  count  late  at\n"
                                "云湖-1      7  yes   2026-09-18 15:00:00\n"
                                "         1200  no    \n");
}

Test(rows, json_is_one_array)
{
    two_rows(CTL_JSON);
    cr_assert_str_eq(printed(),
                     "[\n  {\"number\":\"云湖-1\",\"count\":7,\"late\":true,\"at\":\"2026-09-18T07:00:00Z\"},\n"
                     "  {\"number\":null,\"count\":1200,\"late\":false,\"at\":null}\n]\n");
}

Test(rows, jsonl_is_an_object_a_line_and_comes_at_once)
{
    struct ctl_rows *r;

    ctl.output = CTL_JSONL;
    r = ctl_rows_new(&ctl, columns, 4);
    add(r, "a\"b", 1, true, 0);
    fflush(stdout);
    cr_assert_str_eq(text, "{\"number\":\"a\\\"b\",\"count\":1,\"late\":true,\"at\":null}\n");
    ctl_rows_end(r);
    printed();
}

Test(rows, no_rows)
{
    ctl.output = CTL_JSON;
    ctl_rows_end(ctl_rows_new(&ctl, columns, 4));
    ctl.output = CTL_TABLE;
    ctl_rows_end(ctl_rows_new(&ctl, columns, 1));
    cr_assert_str_eq(printed(), "[]\nnumber\n");
}

Test(rows, a_text_cannot_steer_the_terminal)
{
    struct ctl_rows *r = ctl_rows_new(&ctl, columns, 1);

    ctl_add_text(r, "a\033[31mb\nc\tD\xc2\x9b\xe2\x80\xa8"
                    "e");
    ctl_add_text(r, "bad \xff");
    ctl_rows_end(r);
    cr_assert_str_eq(printed(), "number\na [31mb c D  e\n(not UTF-8)\n");
}

Test(rows, more_rows_than_fit_at_first)
{
    struct ctl_rows *r = ctl_rows_new(&ctl, columns, 2);
    unsigned lines = 0;

    for (int i = 0; i < 1000; i++) {
        ctl_add_text(r, "x");
        ctl_add_int(r, i);
    }
    ctl_rows_end(r);
    for (const char *p = printed(); *p; p++)
        lines += *p == '\n';
    cr_assert_eq(lines, 1001);
    cr_assert(strstr(text, "\nx         999\n"));
}
