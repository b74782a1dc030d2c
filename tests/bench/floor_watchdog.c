/* The least that the watchdog can do. Every 50 ms: up to a thousand due clocks out of the index, moved on to their next
 * point, an entry in the journal each, commit. From the topic: the rows that the standard policy's clocks take, their
 * entries and the offsets, one transaction per batch. Nothing is decided: which clocks an event starts is written down
 * here, limits are constants, there is no calendar, no version check, no order among what is told, no canary. */
#include <endian.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/event/topic.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "tests/support/floor.h"
#include "tests/support/floor_journal.h"
#include "tests/support/floor_sla.h"
#include "tests/support/floor_stream.h"

#define BATCH         1000
#define FIRE_EVERY_US 50000
#define HOUR_US       INT64_C(3600000000)
#define PG_EPOCH      INT64_C(946684800000000)
#define POINTS        5
#define RUNNING       1
#define MET           3
#define RESTARTED     6

enum { BOOL = 16, BYTEA = 17, INT8 = 20, INT2 = 21, INT4 = 23, TEXT = 25, TIME = 1184, UUID = 2950 };

static const int16_t percents[POINTS] = { 50, 80, 100, 150, 200 };

static struct {
    PGconn *pg;
    struct floor_stream in;
    struct floor_journal out;
    struct floor_array cases[15], clocks[18];
    rd_kafka_message_t *messages[BATCH];
    int64_t now_us, bound_us;
    bool waking;
} f;

static volatile sig_atomic_t stopping;

static void on_term(int n)
{
    (void)n;
    stopping = 1;
}

/* ---- statements ---- */

static const struct {
    const char *name, *sql;
} statements[] = {
    { "fire",
      "UPDATE watchdog.clock AS c SET told_before = c.fired, fired = c.fired + 1, next_at = c.points[c.fired + 2]"
      " FROM watchdog.case_state AS s"
      " WHERE c.ctid = ANY (ARRAY(SELECT ctid FROM watchdog.clock WHERE next_at >= $1::timestamptz AND next_at <= now()"
      " ORDER BY next_at LIMIT 1000 FOR UPDATE SKIP LOCKED)) AND s.complaint_id = c.complaint_id"
      " RETURNING c.complaint_id, s.tenant_id, s.number, s.project_code, c.name, c.cycle, c.percents[c.fired],"
      " c.points[c.fired], c.started_at, c.due_at, now()" },
    { "cases",
      "INSERT INTO watchdog.case_state AS s (complaint_id, tenant_id, number, project_code, version,"
      " category_code, severity, complexity, ended, received_at, registered_at, pauses, between_since,"
      " between_us, bounces)"
      " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int8[], $6::text[],"
      " $7::int2[], $8::int2[], $9::bool[], $10::timestamptz[], $11::timestamptz[], $12::bytea[],"
      " $13::timestamptz[], $14::int8[], $15::int4[])"
      " ON CONFLICT (complaint_id) DO UPDATE SET version = excluded.version,"
      " category_code = excluded.category_code, severity = excluded.severity,"
      " complexity = excluded.complexity, ended = excluded.ended, pauses = excluded.pauses,"
      " between_since = excluded.between_since, between_us = excluded.between_us, bounces = excluded.bounces" },
    { "clocks",
      "INSERT INTO watchdog.clock AS c (complaint_id, policy_code, name, cycle, policy_version, state, start_event,"
      " provisional, fired, started_at, due_at, next_at, agreed_at, ended_at, points, percents)"
      " SELECT n.a, n.b, n.c, n.d, n.e, n.f, n.g, n.h, n.i, n.j, n.k, n.l, n.m, n.n,"
      " ($15::timestamptz[])[n.first:n.last], ($16::int2[])[n.first:n.last]"
      " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int4[], $5::int4[], $6::int2[], $7::int2[], $8::bool[],"
      " $9::int2[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[],"
      " $14::timestamptz[], $17::int4[], $18::int4[]) AS n (a, b, c, d, e, f, g, h, i, j, k, l, m, n, first, last)"
      " ON CONFLICT (complaint_id, policy_code, name, work_order, cycle) DO UPDATE SET policy_version = "
      "excluded.policy_version,"
      " state = excluded.state, provisional = excluded.provisional, fired = excluded.fired, due_at = excluded.due_at,"
      " next_at = excluded.next_at, ended_at = excluded.ended_at, points = excluded.points,"
      " percents = excluded.percents" },
};

static void open_postgres(void)
{
    f.pg = floor_connect();
    floor_run(f.pg, "SELECT set_config('enable_seqscan', 'off', false), set_config('enable_hashjoin', 'off', false),"
                    " set_config('enable_mergejoin', 'off', false), set_config('enable_bitmapscan', 'off', false),"
                    " set_config('plan_cache_mode', 'force_generic_plan', false)");
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        floor_prepare(f.pg, statements[i].name, statements[i].sql);
    floor_journal_prepare(f.pg);
}

/* ---- what is told ---- */

typedef size_t pack(const struct floor_told *t, const char **ret_type, uint8_t out[FLOOR_SLA_MAX]);

static void tell(pack *how, const struct floor_told *t)
{
    struct floor_entry e = {
        .topic = TOPIC_SLA, .key = t->complaint, .tenant = t->tenant, .headers = FLOOR_HEADERS("watchdog")
    };
    uint8_t packed[FLOOR_SLA_MAX];

    e.payload = packed;
    e.len = how(t, &e.type, packed);
    floor_journal_add(&f.out, &e, t->now_us);
}

static void begin_transaction(void)
{
    if (f.waking)
        floor_journal_woken(f.pg);
    f.waking = false;
    floor_bare(f.pg, "begin");
}

/* The entries and the commit in one trip; n: statements on their way whose answers nobody looks at. */
static void end_transaction(int n, bool told)
{
    if (told)
        floor_journal_append(&f.out, f.pg, f.now_us);
    floor_bare(f.pg, "commit");
    floor_sync(f.pg);
    PQflush(f.pg);
    floor_skip(f.pg, n + told + 2);
    if (told)
        floor_journal_wake(f.pg);
    f.waking = told;
}

/* ---- firing ---- */

static int64_t time_at(const PGresult *r, int row, int column)
{
    return PQgetisnull(r, row, column) ? 0 : floor_int8(r, row, column) + PG_EPOCH;
}

static void tell_point(const PGresult *r, int i)
{
    char id[37];
    struct floor_told t = {
        .complaint = id,
        .tenant = PQgetvalue(r, i, 1),
        .number = PQgetvalue(r, i, 2),
        .project = PQgetvalue(r, i, 3),
        .clock = PQgetvalue(r, i, 4),
        .cycle = floor_int4(r, i, 5),
        .percent = floor_int2(r, i, 6),
        .at_us = time_at(r, i, 7),
        .started_us = time_at(r, i, 8),
        .due_us = time_at(r, i, 9),
        .now_us = f.now_us,
    };

    floor_uuid_text((const unsigned char *)PQgetvalue(r, i, 0), id);
    if (t.at_us > f.bound_us)
        f.bound_us = t.at_us;
    tell(floor_pack_point, &t);
}

/* True: there may be more. */
static bool fire(void)
{
    PGresult *r;
    int rows;

    begin_transaction();
    floor_send(f.pg, "fire", NULL, 0, f.bound_us);
    PQsendFlushRequest(f.pg);
    PQflush(f.pg);
    floor_skip(f.pg, 1);
    r = floor_answer_whole(f.pg);
    rows = PQntuples(r);
    floor_journal_begin(&f.out);
    for (int i = 0; i < rows; i++) {
        f.now_us = time_at(r, i, 10);
        tell_point(r, i);
    }
    PQclear(r);
    end_transaction(0, rows > 0);
    return rows == BATCH;
}

/* ---- events ---- */

struct happening {
    const Redress__V1__ComplaintEvent *e;
    unsigned char id[16];
    int64_t at_us;
};

static int64_t us_of(const Google__Protobuf__Timestamp *t)
{
    return t->seconds * 1000000 + t->nanos / 1000;
}

static void add_time_or_null(struct floor_array *a, int64_t at_us)
{
    if (at_us)
        floor_array_time(a, at_us);
    else
        floor_array_null(a);
}

static void add_case(const struct happening *h)
{
    const Redress__V1__ComplaintEvent *e = h->e;
    struct floor_array *a = f.cases;
    bool known = e->version > 1;

    floor_array_bytes(&a[0], h->id, 16);
    floor_array_text(&a[1], e->tenant);
    floor_array_text(&a[2], e->complaint_number);
    floor_array_text(&a[3], e->project_code);
    floor_array_int8(&a[4], e->version);
    floor_array_text(&a[5], known ? "repair.public_area" : "");
    floor_array_int2(&a[6], known);
    floor_array_int2(&a[7], known);
    floor_array_bool(&a[8], false);
    floor_array_time(&a[9], h->at_us);
    floor_array_time(&a[10], h->at_us);
    floor_array_bytes(&a[11], "", 0);
    add_time_or_null(&a[12], known ? h->at_us : 0);
    floor_array_int8(&a[13], 0);
    floor_array_int4(&a[14], e->version > 2);
}

/* One row, and what is told of it. */
struct run {
    const char *clock;
    int cycle, state, event;
    int64_t started_us, limit_us;
};

static void add_clock(const struct happening *h, const struct run *c)
{
    struct floor_array *a = f.clocks;

    floor_array_bytes(&a[0], h->id, 16);
    floor_array_text(&a[1], "standard");
    floor_array_text(&a[2], c->clock);
    floor_array_int4(&a[3], c->cycle);
    floor_array_int4(&a[4], 1);
    floor_array_int2(&a[5], (int16_t)c->state);
    floor_array_int2(&a[6], (int16_t)c->event);
    floor_array_bool(&a[7], false);
    floor_array_int2(&a[8], 0);
    floor_array_time(&a[9], c->started_us);
    floor_array_time(&a[10], c->started_us + c->limit_us);
    add_time_or_null(&a[11], c->state == RUNNING ? c->started_us + c->limit_us / 2 : 0);
    floor_array_null(&a[12]);
    add_time_or_null(&a[13], c->state == RUNNING ? 0 : h->at_us);
    floor_array_int4(&a[16], (int32_t)a[14].count + 1);
    for (int i = 0; i < POINTS; i++) {
        floor_array_time(&a[14], c->started_us + c->limit_us / 100 * percents[i]);
        floor_array_int2(&a[15], percents[i]);
    }
    floor_array_int4(&a[17], (int32_t)a[14].count);
}

static void tell_clock(const struct happening *h, const struct run *c, pack *how)
{
    char clock[32];
    const struct floor_told t = { .tenant = h->e->tenant,
                                  .complaint = h->e->complaint_id,
                                  .number = h->e->complaint_number,
                                  .project = h->e->project_code,
                                  .clock = clock,
                                  .cycle = c->cycle,
                                  .now_us = f.now_us,
                                  .started_us = c->started_us,
                                  .due_us = c->started_us + c->limit_us,
                                  .at_us = h->at_us };

    snprintf(clock, sizeof clock, "%s", c->clock);
    tell(how, &t);
}

static void run_clock(const struct happening *h, const struct run *c)
{
    add_clock(h, c);
    tell_clock(h, c, floor_pack_started);
}

static void apply(const struct happening *h)
{
    static const struct run of_registration[] = {
        { "registration", 1, MET, 0, 0, 24 * HOUR_US },
        { "first_response", 1, RUNNING, 0, 0, 24 * HOUR_US },
        { "investigation_start", 1, RUNNING, 0, 0, 72 * HOUR_US },
        { "investigation_end", 1, RUNNING, 0, 0, 120 * HOUR_US },
        { "progress", 1, RUNNING, 1, 0, 168 * HOUR_US },
    };
    struct run acknowledgement = { "acknowledgement", 1, RUNNING, 2, h->at_us, 2 * HOUR_US };

    add_case(h);
    if (h->e->version == 1) {
        for (size_t i = 0; i < sizeof of_registration / sizeof *of_registration; i++) {
            struct run c = of_registration[i];

            c.started_us = h->at_us;
            run_clock(h, &c);
            if (c.state == MET)
                tell_clock(h, &c, floor_pack_met);
        }
        return;
    }
    if (h->e->version == 3) { /* passed on: the second cycle */
        acknowledgement.state = RESTARTED;
        add_clock(h, &acknowledgement);
        tell_clock(h, &acknowledgement, floor_pack_ended);
        acknowledgement.state = RUNNING;
        acknowledgement.cycle = 2;
    }
    run_clock(h, &acknowledgement);
}

static void begin_rows(void)
{
    floor_arrays_begin(
        f.cases,
        (const uint32_t[]){ UUID, TEXT, TEXT, TEXT, INT8, TEXT, INT2, INT2, BOOL, TIME, TIME, BYTEA, TIME, INT8, INT4 },
        15);
    floor_arrays_begin(f.clocks,
                       (const uint32_t[]){ UUID, TEXT, TEXT, INT4, INT4, INT2, INT2, BOOL, INT2, TIME, TIME, TIME, TIME,
                                           TIME, TIME, INT2, INT4, INT4 },
                       18);
    floor_journal_begin(&f.out);
}

static void take_events(int count)
{
    PGresult *moved;

    begin_transaction();
    floor_stream_move(&f.in, f.pg, f.messages, count);
    f.now_us = floor_now_us();
    begin_rows();
    for (int i = 0; i < count; i++) {
        Redress__V1__ComplaintEvent *e =
            redress__v1__complaint_event__unpack(NULL, f.messages[i]->len, f.messages[i]->payload);
        struct happening h = { .e = e };

        if (!e)
            floor_die("unpack", "refused");
        h.at_us = us_of(e->at);
        floor_uuid_parse(e->complaint_id, h.id);
        apply(&h);
        redress__v1__complaint_event__free_unpacked(e, NULL);
        rd_kafka_message_destroy(f.messages[i]);
    }
    floor_send(f.pg, "cases", f.cases, 15, 0);
    floor_send(f.pg, "clocks", f.clocks, 18, 0);
    PQsendFlushRequest(f.pg);
    PQflush(f.pg);
    floor_skip(f.pg, 1);
    moved = floor_answer_whole(f.pg);
    floor_stream_moved(&f.in, moved);
    PQclear(moved);
    end_transaction(2, true);
}

int main(void)
{
    int64_t due_us = 0;

    signal(SIGTERM, on_term);
    open_postgres();
    floor_stream_open(&f.in, f.pg, "watchdog", (const char *const[]){ TOPIC_COMPLAINTS, NULL });
    if (!PQenterPipelineMode(f.pg))
        floor_die("pipeline", PQerrorMessage(f.pg));
    f.bound_us = 1;
    fprintf(stderr, "ready\n");
    while (!stopping) {
        int64_t left_us = due_us - clock_mono_us();
        int count = floor_stream_poll(&f.in, f.messages, BATCH, left_us > 0 ? (int)(left_us / 1000) + 1 : 0, 0);

        if (count)
            take_events(count);
        if (clock_mono_us() >= due_us)
            due_us = fire() ? 0 : clock_mono_us() + FIRE_EVERY_US;
    }
    floor_stream_close(&f.in);
    return 0;
}
