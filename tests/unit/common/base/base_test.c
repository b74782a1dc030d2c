/* Arena, ids, logs, metrics, pauses, errors. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/arena.h"
#include "common/base/backoff.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/base/uuid.h"

Test(arena, refuses_what_is_beyond_its_cap)
{
    struct arena a;

    arena_init(&a, 1000);
    cr_expect_not_null(arena_alloc(&a, 900));
    cr_expect_null(arena_alloc(&a, 200));
    cr_expect_null(arena_alloc(&a, SIZE_MAX));
    arena_reset(&a);
    cr_expect_not_null(arena_alloc(&a, 900));
    arena_done(&a);
}

Test(arena, makes_room_for_one_more_and_keeps_what_is_there)
{
    struct arena a;
    size_t cap = 0;
    int *list = NULL;

    arena_init(&a, 0);
    for (int i = 0; i < 100; i++) {
        list = arena_room(&a, list, (size_t)i, &cap, sizeof *list, 4);
        cr_assert_eq(list[i], 0);
        list[i] = i + 1;
    }
    for (int i = 0; i < 100; i++)
        cr_expect_eq(list[i], i + 1);
    cr_expect_eq(cap, 128);
    arena_done(&a);
}

Test(arena, goes_back_to_a_mark)
{
    struct arena_mark m;
    struct arena a;
    char *kept;

    arena_init(&a, 0);
    kept = arena_strdup(&a, "kept");
    m = arena_mark(&a);
    for (int i = 0; i < 100; i++)
        arena_calloc(&a, 1, 100000);
    arena_rewind(&a, m);
    cr_expect_str_eq(kept, "kept");
    cr_expect_eq(a.used, 16);
    cr_expect_geq(a.peak, 10000000);
    arena_done(&a);
}

Test(uuid, version_seven_sorts_by_time)
{
    struct uuid older = uuid_new(1700000000000000), newer = uuid_new(1700000001000000), back;
    char text[UUID_TEXT_SIZE];

    cr_expect_lt(memcmp(older.bytes, newer.bytes, 16), 0);
    uuid_format(&older, text);
    cr_expect_eq(text[14], '7');
    cr_assert(uuid_parse(text, 36, &back));
    cr_expect(uuid_eq(&older, &back));
    cr_expect_not(uuid_parse("0189d0a2-0000-7000-8000-00000000000", 35, &back));
    cr_expect_not(uuid_parse("0189d0a2x0000-7000-8000-000000000000", 36, &back));
}

Test(log, personal_data_are_masked)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        { "call 13812345678 now", "call 138****5678 now" },
        { "0755-8888-6666", "075*-****-6666" },
        { "mail zhang.san@example.cn", "mail *********@example.cn" },
        { "offset 1234567890 partition 3", "offset 123***7890 partition 3" },
        { "YHHY-20261122-00001", "YHHY-20261122-00001" },
        { "2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z" },
        { "127.0.0.1:19092", "127.0.0.1:19092" },
        { "0189d0a2-0000-7000-8000-000000000001", "0189d0a2-0000-7000-8000-000000000001" },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];

        str_copy(text, sizeof text, cases[i].in);
        mask_personal(text);
        cr_expect_str_eq(text, cases[i].out);
    }
}

Test(metrics, labelled_values_and_histograms_are_written)
{
    static struct metric requests = { "t_requests_total", "Requests.", METRIC_COUNTER, .label = "code" };
    static struct metric seconds = { "t_seconds", "Time.", METRIC_HISTOGRAM, .label = NULL };
    static struct metric calls = { "t_calls_total", "Calls.", METRIC_COUNTER, .label = "to", .label2 = "class" };
    struct strbuf b;
    struct arena a;

    metric_add2(&calls, "main", "retry", 3);
    metric_add2(&calls, "main", "accepted", 4);
    metric_add(&requests, "200", 2);
    metric_add(&requests, "5\"0", 1);
    metric_observe_us(&seconds, NULL, 300);
    metric_observe_us(&seconds, NULL, 99000000);
    arena_init(&a, 0);
    strbuf_init(&b, &a);
    metrics_write(&b);
    cr_expect(strstr(b.data, "# TYPE t_requests_total counter\nt_requests_total{code=\"200\"} 2\n"));
    cr_expect(strstr(b.data, "t_requests_total{code=\"5\\\"0\"} 1\n"));
    cr_expect(strstr(b.data, "t_calls_total{to=\"main\",class=\"retry\"} 3\n"));
    cr_expect(strstr(b.data, "t_calls_total{to=\"main\",class=\"accepted\"} 4\n"));
    cr_expect(strstr(b.data, "t_seconds_bucket{le=\"0.0005\"} 1\n"));
    cr_expect(strstr(b.data, "t_seconds_bucket{le=\"+Inf\"} 2\n"));
    cr_expect(strstr(b.data, "t_seconds_sum 99.000300\n"));
    arena_done(&a);
}

Test(metrics, a_family_is_bounded)
{
    static struct metric many = { "t_many_total", "Many.", METRIC_COUNTER, .label = "id" };

    for (int i = 0; i < 1000; i++) {
        char label[16];

        snprintf(label, sizeof label, "%d", i);
        metric_add(&many, label, 1);
    }
    cr_expect_eq(many.cells_used, METRIC_LABELS);
    cr_expect_eq(metric_get(&many, "other"), 1000 - (METRIC_LABELS - 1));
}

Test(backoff, pauses_grow_to_their_limit)
{
    struct backoff b;

    backoff_init(&b, 100, 1000);
    for (int i = 0; i < 20; i++) {
        int64_t full = 100 << (i < 4 ? i : 4), ms = backoff_next_ms(&b);

        full = full > 1000 ? 1000 : full;
        cr_expect(ms >= full / 2 && ms <= full, "pause %d is %lld", i, (long long)ms);
    }
    backoff_reset(&b);
    cr_expect_leq(backoff_next_ms(&b), 100);
}

Test(error, text_may_hold_the_text_before)
{
    cr_expect_eq(err_set(ERR_POISON, "inner %d", 7), ERR_POISON);
    cr_expect_eq(err_set(ERR_RETRY, "outer: %s", err_text()), ERR_RETRY);
    cr_expect_str_eq(err_text(), "outer: inner 7");
    err_prefix(ERR_RETRY, "batch %d", 3);
    cr_expect_str_eq(err_text(), "batch 3: outer: inner 7");
}
