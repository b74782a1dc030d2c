/* One run of a notification benchmark. See tests/bench/run.
 *
 *   notify.send.http, notify.send.smtp   count messages are queued for one gateway that answers at once, 64 in flight;
 *                                        until all are sent and the journal says so
 *   notify.latency                       rate messages a second come due; from that instant until the whole request is
 *                                        with the gateway, and until its answer is written
 *   notify.isolation                     the same for one gateway, while another takes requests and never answers; the
 *                                        floor is the daemon without that other one */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "services/notification/gateway.h"
#include "services/notification/message.h"
#include "tests/support/bench.h"
#include "tests/support/growth.h"
#include "tests/support/notice_load.h"
#include "tests/support/sink.h"

#define IN_FLIGHT    64
#define WARM_UP      1000
#define LEAD_US      1000000
#define WAIT_SECONDS 60

static void must(int r)
{
    if (r >= 0)
        return;
    fprintf(stderr, "bench: %s\n", err_text());
    exit(99);
}

/* Where the floor sends to. */
static void tell_floor(const struct notice_load_gateway *g)
{
    char url[64];

    snprintf(url, sizeof url, strcmp(g->kind, "smtp") == 0 ? "smtp://127.0.0.1:%d/bench" : "http://127.0.0.1:%d/send",
             g->port);
    setenv("FLOOR_GATEWAY", g->name, 1);
    setenv("FLOOR_URL", url, 1);
}

/* ---- what became of it ---- */

static int64_t count_where(struct bench *b, const char *what, const char *where)
{
    char sql[600];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE %s", what, where);
    return suite_number(b->suite, sql);
}

/* Every message of this gateway once, by one attempt, and everybody knows it. */
static void judge(struct bench *b, struct sink *sink, const char *gateway, int64_t total)
{
    char where[300];

    bench_expect(b, "messages with the gateway", sink_ids(sink), total);
    bench_expect(b, "messages that came twice", sink_repeats(sink), 0);
    bench_expect(b, "requests without an id", sink_strange(sink), 0);
    snprintf(where, sizeof where, "gateway = '%s' AND state = %d AND attempts = 1", gateway, MESSAGE_SENT);
    bench_expect(b, "messages in state sent", count_where(b, "notification.message_state", where), total);
    snprintf(where, sizeof where,
             "gateway = '%s' AND n = 1 AND class = %d AND request_id <> '' AND ended_at IS NOT NULL", gateway,
             ANSWER_ACCEPTED);
    bench_expect(b, "attempts that were answered", count_where(b, "notification.attempt", where), total);
    snprintf(where, sizeof where, "gateway = '%s'", gateway);
    bench_expect(b, "attempts", count_where(b, "notification.attempt", where), total);
    bench_expect(b, "complaints with one event",
                 suite_number(b->suite, "SELECT count(*) FROM (SELECT FROM journal.entry"
                                        " WHERE type = 'redress.v1.NotificationEvent.sent'"
                                        " GROUP BY key HAVING count(*) = 1) AS e"),
                 total);
}

/* ---- notify.send ---- */

static void send_all(struct bench *b, const char *kind)
{
    int64_t total = WARM_UP + b->count;
    struct sink *sink = sink_new(strcmp(kind, "smtp") == 0 ? SINK_SMTP : SINK_HTTP, (size_t)total);
    const struct notice_load_gateway g = { "bench", kind, sink_port(sink), IN_FLIGHT, 20 };
    struct meter before, after, cost;
    struct growth journal;

    notice_load_settings(b->suite, &g, 1);
    tell_floor(&g);
    growth_open(&journal, b);
    bench_start_notification(b);
    notice_load_queue(b->suite, &(struct notice_load){ &g, 0, WARM_UP, 0, 0 });
    growth_wait(&journal, b, WARM_UP);
    bench_hold(b, METER_NOTIFICATION);
    notice_load_queue(b->suite, &(struct notice_load){ &g, WARM_UP, total, 0, 0 });
    bench_settle(b);
    bench_read(b, &before);
    bench_release(b, METER_NOTIFICATION);
    growth_wait(&journal, b, b->count);
    bench_read(b, &after);
    cost = meter_between(&before, &after);
    judge(b, sink, g.name, total);
    bench_report(b, &cost, b->count, NULL, 0);
    growth_close(&journal);
    sink_free(sink);
}

/* ---- notify.latency, notify.isolation ---- */

enum { FIRST_BYTE, SENT, CALL, LATENCIES };

/* Of the messages behind the warm-up. */
static void read_latencies(struct bench *b, struct sink *sink, int64_t warm_up, struct bench_latency *l)
{
    static const struct pg_statement of_messages = {
        "bench_latencies", "SELECT q.id, q.at, a.ended_at, a.took_us FROM bench.queued AS q"
                           " JOIN notification.attempt AS a ON a.message_id = q.id"
                           " WHERE q.gateway = 'bench' AND q.n >= $1::int8 AND a.ended_at IS NOT NULL"
    };
    struct pg_result *rows = NULL;
    struct pg_params p;
    struct arena a;

    arena_init(&a, 0);
    pg_params_init(&p, &a);
    pg_param_int8(&p, warm_up);
    must(pg_exec(suite_pg(b->suite), &of_messages, &p, &rows));
    for (int i = 0; i < pg_rows(rows); i++) {
        struct uuid id = pg_uuid(rows, i, 0);
        int64_t at_us = pg_time_us(rows, i, 1);

        l[FIRST_BYTE].ms[l[FIRST_BYTE].count++] = (double)(sink_arrived_us(sink, &id) - at_us) / 1e3;
        l[SENT].ms[l[SENT].count++] = (double)(pg_time_us(rows, i, 2) - at_us) / 1e3;
        l[CALL].ms[l[CALL].count++] = (double)pg_int8(rows, i, 3) / 1e3;
    }
    pg_result_free(rows);
    arena_done(&a);
}

static void start_ours(struct bench *b)
{
    enum bench_variant v = b->variant;

    b->variant = BENCH_OURS;
    bench_start_notification(b);
    b->variant = v;
}

/* Everything is queued beforehand, each with its instant: one by one, whatever happens to those before. `hanging`: half
 * as many for a gateway that never answers. The messages of the first second are not counted. */
static void send_evenly(struct bench *b, struct sink *hanging)
{
    int64_t warm_up = (int64_t)b->rate, total = warm_up + (int64_t)(b->rate * b->seconds);
    struct sink *sink = sink_new(SINK_HTTP, (size_t)total);
    const struct notice_load_gateway g[] = { { "bench", "http", sink_port(sink), IN_FLIGHT, 20 },
                                             { "hanging", "http", hanging ? sink_port(hanging) : 1, IN_FLIGHT, 2 } };
    struct bench_latency l[LATENCIES] = { { .name = "first_byte" }, { .name = "sent" }, { .name = "call" } };
    struct meter before, after, cost;

    for (int i = 0; i < LATENCIES; i++)
        if (!(l[i].ms = calloc((size_t)total, sizeof(double))))
            abort();
    notice_load_settings(b->suite, g, 2);
    tell_floor(&g[0]);
    if (strcmp(b->name, "notify.isolation") == 0)
        start_ours(b);
    else
        bench_start_notification(b);
    notice_load_queue(b->suite, &(struct notice_load){ &g[0], 0, total, LEAD_US, (int64_t)(1e6 / b->rate) });
    if (hanging)
        notice_load_queue(b->suite,
                          &(struct notice_load){ &g[1], 0, total / 2, LEAD_US / 2, (int64_t)(2e6 / b->rate) });
    bench_read(b, &before);
    clock_sleep_us(LEAD_US + (int64_t)((double)total / b->rate * 1e6));
    suite_wait_number(b->suite, "SELECT count(*) FROM notification.message_state WHERE gateway = 'bench' AND state = 4",
                      total, WAIT_SECONDS);
    bench_read(b, &after);
    cost = meter_between(&before, &after);
    judge(b, sink, g[0].name, total);
    read_latencies(b, sink, warm_up, l);
    bench_report(b, &cost, total, l, LATENCIES);
    for (int i = 0; i < LATENCIES; i++)
        free(l[i].ms);
    sink_free(sink);
}

static void isolation(struct bench *b)
{
    struct sink *hanging = b->variant == BENCH_FLOOR ? NULL : sink_new(SINK_SILENT, 1);

    send_evenly(b, hanging);
    if (hanging) {
        bench_expect(b, "messages sent by the gateway that hangs",
                     count_where(b, "notification.message_state", "gateway = 'hanging' AND state IN (4, 5)"), 0);
        sink_free(hanging);
    }
}

int main(int argc, char **argv)
{
    struct bench b;

    setenv("REDRESS_NOTIFICATION_IN_FLIGHT", "128", 1); /* one gateway gets half of it at most */
    bench_open(&b, argc, argv);
    if (strcmp(b.name, "notify.send.http") == 0)
        send_all(&b, "http");
    else if (strcmp(b.name, "notify.send.smtp") == 0)
        send_all(&b, "smtp");
    else if (strcmp(b.name, "notify.latency") == 0)
        send_evenly(&b, NULL);
    else if (strcmp(b.name, "notify.isolation") == 0)
        isolation(&b);
    else {
        fprintf(stderr, "bench: no benchmark %s here\n", b.name);
        return 2;
    }
    bench_close(&b);
    return b.problems != 0;
}
