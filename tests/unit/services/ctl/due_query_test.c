#include <criterion/criterion.h>
#include <string.h>

#include "common/base/error.h"
#include "services/ctl/due_query.h"
#include "tests/support/calendars.h"

static struct arena arena;
static const struct calendar *office;

static void init(void)
{
    arena_init(&arena, 0);
    office = calendar_of_file(&arena, "deploy/calendars/cn-office.yaml", 2023, 2030);
}

static void done(void)
{
    arena_done(&arena);
}

TestSuite(due_query, .init = init, .fini = done);

/* NULL if it is refused. */
static const char *answer(const char *json)
{
    struct due_query *q = arena_new(&arena, struct due_query);
    struct due_answer *a = arena_new(&arena, struct due_answer);
    struct strbuf out;

    if (due_query_read(&arena, office, json, strlen(json), q) < 0 || due_query_answer(&arena, q, a) < 0)
        return NULL;
    strbuf_init(&out, &arena);
    due_answer_write(&out, q, a);
    return out.data;
}

static void assert_answer(const char *question, const char *wanted)
{
    const char *found = answer(question);

    cr_assert(found, "%s: %s", question, err_text());
    cr_assert_str_eq(found, wanted);
}

Test(due_query, answers)
{
    assert_answer(
        "{\"from\":\"2026-09-18T15:00:00+08:00\",\"limit\":\"5wd\",\"pauses\":[[\"2026-09-20T09:00:00+08:00\","
        "\"2026-09-20T12:00:00+08:00\"]],\"percents\":[50,80,150]}",
        "{\"due\":\"2026-09-24T17:30:00+08:00\",\"provisional\":false,\"at\":{\"50\":\"2026-09-22T14:00:00+08:00\""
        ",\"80\":\"2026-09-24T08:36:00+08:00\",\"150\":\"2026-09-30T12:00:00+08:00\"}}");
    assert_answer("{\"limit\":\"1h\",\"from\":\"2026-09-18T07:00:00.5Z\",\"explain\":false}",
                  "{\"due\":\"2026-09-18T16:00:00.500000+08:00\",\"provisional\":false}");
    assert_answer("{\"limit\":\"10wd\",\"from\":\"2026-12-25T07:00:00Z\",\"pauses\":[],\"percents\":[]}",
                  "{\"due\":\"2027-01-08T17:30:00+08:00\",\"provisional\":true}");
}

Test(due_query, paused)
{
    assert_answer(
        "{\"from\":\"2026-09-18T15:00:00+08:00\",\"limit\":\"5wd\",\"pauses\":[[\"2026-09-20T09:00:00+08:00\","
        "null]],\"percents\":[50]}",
        "{\"due\":null,\"paused\":true}");
    assert_answer("{\"from\":\"2026-09-18T15:00:00+08:00\",\"limit\":\"1h\",\"pauses\":[[\"2026-09-18T16:00:00+08:00\","
                  "null]],\"percents\":[150,50,50,100]}",
                  "{\"due\":\"2026-09-18T16:00:00+08:00\",\"provisional\":false,\"at\":{\"150\":null,"
                  "\"50\":\"2026-09-18T15:30:00+08:00\",\"100\":\"2026-09-18T16:00:00+08:00\"}}");
}

Test(due_query, explains)
{
    assert_answer(
        "{\"from\":\"2026-09-19T15:00:00+08:00\",\"limit\":\"1wd\",\"explain\":true}",
        "{\"due\":\"2026-09-20T17:30:00+08:00\",\"provisional\":false,\"days\":["
        "{\"date\":\"2026-09-19\",\"weekday\":\"sat\",\"is\":\"start\",\"counted\":false,\"hours\":[],\"ranUs\":0},"
        "{\"date\":\"2026-09-20\",\"weekday\":\"sun\",\"is\":\"make_up\",\"counted\":true,\"hours\":[\"08:30-12:00\","
        "\"13:30-17:30\"],\"ranUs\":27000000000,\"name\":\"国庆节\"}]}");
}

Test(due_query, what_is_refused)
{
#define FROM "\"from\":\"2026-09-18T15:00:00+08:00\""
    static const char *const bad[][2] = {
        { "", "empty" },
        { "oops", "not JSON" },
        { "{" FROM ",\"limit\":\"5wd\"} x", "not JSON" },
        { "[1]", "found a list" },
        { "{}", "from: found nothing" },
        { "{" FROM "}", "limit: found nothing" },
        { "{" FROM ",\"limit\":5}", "limit: found a number" },
        { "{" FROM ",\"limit\":\"5\"}", "limit: found \"5\"" },
        { "{" FROM ",\"limit\":\"1h\",\"limit\":\"2h\"}", "duplicate" },
        { "{" FROM ",\"limit\":\"1h\",\"percent\":[50]}", "found the key \"percent\"" },
        { "{\"from\":\"2026-09-18T15:00:00\",\"limit\":\"1h\"}", "from: found \"2026-09-18T15:00:00\"" },
        { "{\"from\":1789714800,\"limit\":\"1h\"}", "from: found a number" },
        { "{\"from\":\"2022-09-18T15:00:00Z\",\"limit\":\"1h\"}",
          "from does not lie between 2023-01-01T00:00:00+08:00" },
        { "{\"from\":\"2030-12-31T00:00:00Z\",\"limit\":\"1wd\"}", "the due instant does not lie" },
        { "{\"from\":\"2030-12-31T00:00:00Z\",\"limit\":\"7h\",\"percents\":[999]}", "the point of 999 %" },
        { "{" FROM ",\"limit\":\"1h\",\"pauses\":{}}", "pauses: found an object" },
        { "{" FROM ",\"limit\":\"1h\",\"pauses\":[[]]}", "pauses[1]: found a list of another length" },
        { "{" FROM ",\"limit\":\"1h\",\"pauses\":[[null,null]]}", "pauses[1]: found null" },
        { "{" FROM ",\"limit\":\"1h\",\"pauses\":[[\"2026-09-18T15:00:00Z\",\"2026-09-18T14:59:59Z\"]]}",
          "an end before the beginning" },
        { "{" FROM ",\"limit\":\"1h\",\"percents\":[0]}", "found 0" },
        { "{" FROM ",\"limit\":\"1h\",\"percents\":[1001]}", "found 1001" },
        { "{" FROM ",\"limit\":\"1h\",\"percents\":[50.5]}", "percents[1]: found a broken number" },
        { "{" FROM ",\"limit\":\"1h\",\"percents\":\"50\"}", "percents: found a text" },
        { "{" FROM ",\"limit\":\"1h\",\"explain\":1}", "explain: found a number" },
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_null(answer(bad[i][0]), "%s was taken", bad[i][0]);
        cr_assert(strstr(err_text(), bad[i][1]), "%s: %s", bad[i][0], err_text());
    }
}
