/* The least that a relay can do: journal entries in order out of PostgreSQL, with the contract's headers into Kafka by
 * an idempotent producer, the cursor behind the acknowledgements. The next page is asked for before the one at hand is
 * sent. No gap rule, no epochs, no look at the topics' tails, no lock: one writer and no failures. */
#include <endian.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "tests/support/floor.h"

#define PAGE            4000
#define IN_FLIGHT       16384 /* a power of two */
#define CURSOR_EVERY_US 50000
#define BUSY_READ_US    3000
#define IDLE_MS         25

struct slot {
    int64_t batch;
    int32_t ord;
    bool done;
};

struct relay {
    PGconn *pg;
    rd_kafka_t *rk;
    char prefix[128];
    struct slot slots[IN_FLIGHT];
    uint64_t first, next;
    int64_t batch, acked_batch, moved_batch; /* read up to, acknowledged up to, cursor */
    int32_t ord, acked_ord;
    int64_t moved_us;
    bool asked, full; /* a page is on its way; the last one was full */
};

static volatile sig_atomic_t stopping;

static void on_term(int n)
{
    (void)n;
    stopping = 1;
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    struct relay *r = opaque;

    (void)rk;
    if (m->err)
        floor_die("delivery", rd_kafka_err2str(m->err));
    r->slots[(uintptr_t)m->_private % IN_FLIGHT].done = true;
    while (r->first < r->next && r->slots[r->first % IN_FLIGHT].done) {
        r->acked_batch = r->slots[r->first % IN_FLIGHT].batch;
        r->acked_ord = r->slots[r->first++ % IN_FLIGHT].ord;
    }
}

static void open_clients(struct relay *r)
{
    static const char *settings[][2] = {
        { "bootstrap.servers", NULL },
        { "enable.idempotence", "true" },
        { "linger.ms", "1" },
        { "message.timeout.ms", "0" },
        { "partitioner", "murmur2_random" },
        { "queue.buffering.max.messages", "100000" },
        { "queue.buffering.max.kbytes", "65536" },
    };
    rd_kafka_conf_t *conf;

    settings[0][1] = floor_env("FLOOR_BROKERS", NULL);
    conf = floor_conf(settings, sizeof settings / sizeof *settings);
    rd_kafka_conf_set_opaque(conf, r);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    r->rk = floor_client(RD_KAFKA_PRODUCER, conf);
    snprintf(r->prefix, sizeof r->prefix, "%s", floor_env("FLOOR_PREFIX", ""));

    r->pg = floor_connect();
    floor_run(r->pg, "SELECT set_config('enable_seqscan', 'off', false), set_config('enable_bitmapscan', 'off', false),"
                     " set_config('enable_sort', 'off', false), set_config('synchronous_commit', 'off', false),"
                     " set_config('plan_cache_mode', 'force_custom_plan', false)");
    floor_prepare(r->pg, "read",
                  "SELECT batch, ord, topic, key, event_id, tenant_id, aggregate_id, type, headers, payload, hash,"
                  " recorded_at FROM journal.entry WHERE batch >= $1::int8 AND (batch, ord) > ($1::int8, $2::int4)"
                  " ORDER BY batch, ord LIMIT 4000");
    floor_prepare(r->pg, "move", "UPDATE journal.cursor SET batch = $1::int8, ord = $2::int4, moved_at = now()");
    floor_run(r->pg, "LISTEN redress_journal");
}

static void send_position(struct relay *r, const char *name, int64_t batch, int32_t ord)
{
    uint64_t b = htobe64((uint64_t)batch);
    uint32_t o = htobe32((uint32_t)ord);
    const char *values[] = { (const char *)&b, (const char *)&o };

    if (!PQsendQueryPrepared(r->pg, name, 2, values, (const int[]){ 8, 4 }, (const int[]){ 1, 1 }, 1))
        floor_die(name, PQerrorMessage(r->pg));
}

static void text_header(rd_kafka_headers_t *h, const char *name, const char *value)
{
    rd_kafka_header_add(h, name, -1, value, -1);
}

/* "name: value" lines */
static void given_headers(rd_kafka_headers_t *h, const char *lines)
{
    while (*lines) {
        const char *end = strchrnul(lines, '\n'), *colon = memchr(lines, ':', (size_t)(end - lines));

        if (!colon)
            floor_die("headers", lines);
        rd_kafka_header_add(h, lines, colon - lines, colon + 2, end - colon - 2);
        lines = *end ? end + 1 : end;
    }
}

static rd_kafka_headers_t *headers(const PGresult *p, int row, int64_t batch, int32_t ord)
{
    rd_kafka_headers_t *h = rd_kafka_headers_new(14);
    char id[37], number[24], time[RFC3339_SIZE];

    floor_uuid_text((const unsigned char *)PQgetvalue(p, row, 4), id);
    rfc3339_format(floor_int8(p, row, 11) + INT64_C(946684800000000), time);
    text_header(h, "ce_specversion", "1.0");
    text_header(h, "ce_id", id);
    text_header(h, "ce_type", PQgetvalue(p, row, 7));
    text_header(h, "ce_time", time);
    text_header(h, "ce_subject", PQgetvalue(p, row, 3));
    text_header(h, "ce_tenantid", PQgetvalue(p, row, 5));
    text_header(h, "redress-epoch", "7301234567890123456-1");
    snprintf(number, sizeof number, "%lld", (long long)batch);
    text_header(h, "redress-batch", number);
    snprintf(number, sizeof number, "%d", ord);
    text_header(h, "redress-ord", number);
    rd_kafka_header_add(h, "redress-hash", -1, PQgetvalue(p, row, 10), 32);
    given_headers(h, PQgetvalue(p, row, 8));
    return h;
}

static void publish(struct relay *r, const PGresult *p, int row)
{
    int64_t batch = floor_int8(p, row, 0);
    int32_t ord = floor_int4(p, row, 1);
    char topic[256];
    rd_kafka_resp_err_t e;

    while (r->next - r->first == IN_FLIGHT)
        rd_kafka_poll(r->rk, 10);
    r->slots[r->next % IN_FLIGHT] = (struct slot){ batch, ord, false };
    snprintf(topic, sizeof topic, "%s%s", r->prefix, PQgetvalue(p, row, 2));
    e = rd_kafka_producev(
        r->rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK),
        RD_KAFKA_V_KEY(PQgetvalue(p, row, 3), (size_t)PQgetlength(p, row, 3)),
        RD_KAFKA_V_VALUE(PQgetvalue(p, row, 9), (size_t)PQgetlength(p, row, 9)),
        RD_KAFKA_V_HEADERS(headers(p, row, batch, ord)), RD_KAFKA_V_OPAQUE((void *)(uintptr_t)r->next), RD_KAFKA_V_END);
    if (e)
        floor_die("produce", rd_kafka_err2str(e));
    r->next++;
}

static void ask(struct relay *r)
{
    send_position(r, "read", r->batch, r->ord);
    PQflush(r->pg);
    r->asked = true;
}

static void move_cursor(struct relay *r, bool now)
{
    if (r->asked || r->acked_batch == r->moved_batch || (!now && clock_mono_us() - r->moved_us < CURSOR_EVERY_US))
        return;
    send_position(r, "move", r->acked_batch, r->acked_ord);
    PQclear(floor_answer(r->pg));
    if (PQgetResult(r->pg))
        floor_die("move", "two answers");
    r->moved_batch = r->acked_batch;
    r->moved_us = clock_mono_us();
}

static void take_page(struct relay *r)
{
    PGresult *p = floor_answer(r->pg);
    int rows;

    if (!p)
        floor_die("read", "no answer");
    if (PQgetResult(r->pg))
        floor_die("read", "two answers");
    r->asked = false;
    rows = PQntuples(p);
    r->full = rows == PAGE;
    if (rows) {
        r->batch = floor_int8(p, rows - 1, 0);
        r->ord = floor_int4(p, rows - 1, 1);
    }
    move_cursor(r, false);
    if (r->full)
        ask(r);
    for (int i = 0; i < rows; i++)
        publish(r, p, i);
    PQclear(p);
}

static bool notified(struct relay *r)
{
    bool any = false;
    PGnotify *n;

    PQconsumeInput(r->pg);
    while ((n = PQnotifies(r->pg))) {
        PQfreemem(n);
        any = true;
    }
    return any;
}

/* Waits for a notification; while something is in flight, for acknowledgements, and no longer than 3 ms. */
static void wait_for_work(struct relay *r)
{
    struct pollfd fd = { .fd = PQsocket(r->pg), .events = POLLIN };
    int64_t end_us = clock_mono_us() + BUSY_READ_US;

    if (notified(r))
        return;
    while (r->first < r->next && clock_mono_us() < end_us) {
        rd_kafka_poll(r->rk, 1);
        if (notified(r))
            return;
    }
    if (r->first < r->next || r->acked_batch != r->moved_batch)
        return;
    if (poll(&fd, 1, IDLE_MS) < 0 && !stopping)
        floor_die("poll", "failed");
    notified(r);
}

int main(void)
{
    struct relay *r = calloc(1, sizeof *r);

    signal(SIGTERM, on_term);
    open_clients(r);
    fprintf(stderr, "ready\n");
    while (!stopping) {
        rd_kafka_poll(r->rk, 0);
        if (!r->asked)
            ask(r);
        take_page(r);
        move_cursor(r, r->first == r->next);
        if (!r->asked)
            wait_for_work(r);
    }
    rd_kafka_flush(r->rk, 5000);
    return 0;
}
