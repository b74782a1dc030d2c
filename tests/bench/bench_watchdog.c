/* One run of a watchdog benchmark. See tests/bench/run.
 *
 *   sla.fire       count clocks come due among `open` ones; until the journal has their events. Floor and ours take
 *                  turns on the same tables, without and with an old snapshot held open: one line of JSON per turn
 *   sla.lateness   rate points come due a second; from the instant of each until a consumer of redress.sla.v1 has it
 *   sla.events     count complaints are registered, assigned and passed on; until the journal has all that is told */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/topic.h"
#include "common/kafka/reader.h"
#include "redress/v1/sla_event.pb-c.h"
#include "tests/support/bench.h"
#include "tests/support/case_load.h"
#include "tests/support/clock_load.h"
#include "tests/support/growth.h"

#define WAIT_SECONDS 60
#define GAP_US       20 /* between due instants: those of a turn are all later than those of the one before */

static void must(int r)
{
    if (r >= 0)
        return;
    fprintf(stderr, "bench: %s\n", err_text());
    exit(99);
}

/* ---- sla.fire ---- */

struct fire {
    struct bench *bench;
    struct growth journal;
    pid_t daemons[2]; /* by variant */
    uint64_t seed;
    int64_t dead; /* rows that nobody has cleared away yet */
    bool snapshot;
};

static void fire_start(struct fire *f, enum bench_variant v)
{
    struct bench *b = f->bench;

    b->variant = v;
    bench_start_watchdog(b);
    f->daemons[v] = b->processes.pid[METER_WATCHDOG];
    clock_sleep_us(1000000); /* ours fires nothing before it has partitions and half a second was quiet */
    bench_hold(b, METER_WATCHDOG);
}

/* What autovacuum would do between two turns, when it would. */
static void vacuum(struct fire *f)
{
    if (f->snapshot || f->dead < f->bench->open / 50)
        return;
    suite_execute(f->bench->suite, "VACUUM watchdog.clock");
    f->dead = 0;
}

/* The checkpoint comes before the arming: the first images of the pages that are touched belong to that. */
static void turn(struct fire *f, enum bench_variant v, const char *name, bool reported)
{
    struct bench *b = f->bench;
    struct meter before, after, cost;
    int64_t since;

    b->turn = name;
    b->processes.pid[METER_WATCHDOG] = f->daemons[v];
    vacuum(f);
    bench_settle(b);
    clock_load_rest_canaries(b->suite);
    clock_load_arm(b->suite, b->open, b->count, -b->count * GAP_US, GAP_US);
    f->dead += 2 * b->count;
    clock_load_cool(b->suite);
    since = f->journal.batch;
    bench_read(b, &before);
    bench_release(b, METER_WATCHDOG);
    growth_wait(&f->journal, b, b->count);
    bench_read(b, &after);
    bench_hold(b, METER_WATCHDOG);
    cost = meter_between(&before, &after);
    b->problems += clock_load_judge(b->suite, since);
    if (reported)
        bench_report(b, &cost, b->count, NULL, 0);
}

/* Both in an order of its own in each round. */
static void rounds(struct fire *f, const char *const names[2])
{
    for (int64_t i = 0; i < f->bench->rounds && !f->bench->problems; i++) {
        int first;

        f->seed = f->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        first = (int)(f->seed >> 63);
        turn(f, (enum bench_variant)first, names[first], true);
        turn(f, (enum bench_variant) !first, names[!first], true);
    }
}

/* A report or a dump that began before all that follows: nothing that dies after it can be removed. */
static struct pg_conn *old_snapshot(struct bench *b)
{
    static const struct pg_statement look = { "bench_look", "SELECT count(*) FROM journal.cursor" };
    struct pg_conn *c = bench_connect(b, "bench-snapshot");

    must(pg_script(c, "BEGIN ISOLATION LEVEL REPEATABLE READ"));
    must(pg_exec(c, &look, NULL, NULL));
    return c;
}

static void fire(struct bench *b)
{
    struct fire f = { .bench = b, .seed = b->seed };
    struct pg_conn *snapshot;

    clock_load_promise(b->suite);
    clock_load_fill(b->suite, b->open);
    growth_open(&f.journal, b);
    fire_start(&f, BENCH_FLOOR);
    fire_start(&f, BENCH_OURS);
    turn(&f, BENCH_FLOOR, "floor", false);
    turn(&f, BENCH_OURS, "ours", false);
    rounds(&f, (const char *const[]){ "floor", "ours" });
    snapshot = old_snapshot(b);
    f.snapshot = true;
    clock_load_churn(b->suite, b->open, 2 * b->count);
    rounds(&f, (const char *const[]){ "floor+snapshot", "ours+snapshot" });
    pg_free(snapshot);
    for (int v = BENCH_FLOOR; v <= BENCH_OURS; v++)
        suite_signal(b->suite, f.daemons[v], SIGCONT); /* so that it hears that it is to end */
    growth_close(&f.journal);
}

/* ---- sla.lateness ---- */

struct sightings {
    struct bench_latency seen, told; /* from the instant: until a consumer has it; until the transaction that told it */
    int64_t count;
};

static void see(struct sightings *s, const struct kafka_record *k, int64_t from_us)
{
    Redress__V1__SlaEvent *e = redress__v1__sla_event__unpack(NULL, k->value_len, k->value);
    const Redress__V1__ClockPoint *p = NULL;
    int64_t reached_us, now_us = clock_wall_us();

    if (e && e->event_case == REDRESS__V1__SLA_EVENT__EVENT_WARNING)
        p = e->warning->point;
    else if (e && e->event_case == REDRESS__V1__SLA_EVENT__EVENT_BREACHED)
        p = e->breached->point;
    else if (e && e->event_case == REDRESS__V1__SLA_EVENT__EVENT_LADDER_STEP)
        p = e->ladder_step->point;
    reached_us = p ? p->reached_at->seconds * 1000000 + p->reached_at->nanos / 1000 : 0;
    s->count++;
    if (p && reached_us >= from_us) {
        int64_t told_us = e->at->seconds * 1000000 + e->at->nanos / 1000;

        s->seen.ms[s->seen.count++] = (double)(now_us - reached_us) / 1e3;
        s->told.ms[s->told.count++] = (double)(told_us - reached_us) / 1e3;
    }
    if (e)
        redress__v1__sla_event__free_unpacked(e, NULL);
}

static struct kafka_reader *reader(struct bench *b)
{
    struct kafka_reader *r = NULL;

    must(kafka_reader_new(&b->kafka, &r));
    must(kafka_reader_add(r, TOPIC_SLA, -1, KAFKA_BEGINNING, 10000));
    must(kafka_reader_start(r));
    return r;
}

/* The points of the first second are not counted: plans, caches and the JVM get warm. */
static void lateness(struct bench *b)
{
    int64_t warm_up = (int64_t)b->rate, total = warm_up + (int64_t)(b->rate * b->seconds), gap_us = 1000000 / warm_up;
    struct sightings s = { .seen = { .name = "lateness" }, .told = { .name = "told" } };
    int64_t lead_us = 2000000, from_us, end_us;
    struct meter before, after, cost;
    struct kafka_reader *topic;

    s.seen.ms = calloc((size_t)total, sizeof(double));
    s.told.ms = calloc((size_t)total, sizeof(double));
    if (!s.seen.ms || !s.told.ms)
        abort();
    clock_load_promise(b->suite);
    clock_load_fill(b->suite, b->open);
    bench_start_relay(b);
    bench_start_watchdog(b);
    topic = reader(b);
    clock_load_arm(b->suite, b->open, total, lead_us, gap_us);
    bench_read(b, &before);
    from_us = suite_number(b->suite, "SELECT (extract(epoch FROM min(at)) * 1000000)::int8 FROM bench.due") +
              warm_up * gap_us;
    end_us = clock_wall_us() + total * gap_us + WAIT_SECONDS * INT64_C(1000000);
    while (s.count < total && clock_wall_us() < end_us) {
        struct kafka_record k;

        if (kafka_reader_poll(topic, &k, 20) > 0) {
            see(&s, &k, from_us);
            kafka_records_free(&k, 1);
        }
    }
    bench_read(b, &after);
    cost = meter_between(&before, &after);
    bench_expect(b, "events on the topic", s.count, total);
    bench_expect(b, "points that were due after the warm-up", (int64_t)s.seen.count, total - warm_up);
    b->problems += clock_load_judge(b->suite, 0);
    bench_report(b, &cost, total, (struct bench_latency[]){ s.seen, s.told }, 2);
    kafka_reader_free(topic);
    free(s.seen.ms);
    free(s.told.ms);
}

/* ---- sla.events ---- */

#define WARM_UP       1000
#define TOLD_PER_CASE (6 + 1 + 2) /* five started and one met; one started; one ended and one started */

/* As in life the steps of a complaint come in different batches: of each partition's share of so many complaints a
 * batch takes a part. */
#define APART 20000

static void publish(struct case_load *l, size_t from, size_t to)
{
    for (; from < to; from += APART)
        for (int step = 0; step < CASE_STEPS; step++)
            case_load_publish(l, (enum case_step)step, from, from + APART < to ? from + APART : to);
}

static void judge_events(struct bench *b, int64_t cases)
{
    bench_expect(b, "complaints of which each was told as it should be",
                 suite_number(b->suite, "SELECT count(*) FROM (SELECT FROM journal.entry GROUP BY key"
                                        " HAVING count(*) FILTER (WHERE type = 'redress.v1.SlaEvent.started') = 7"
                                        " AND count(*) FILTER (WHERE type = 'redress.v1.SlaEvent.met') = 1"
                                        " AND count(*) FILTER (WHERE type = 'redress.v1.SlaEvent.ended') = 1"
                                        " AND count(*) = 9) AS c"),
                 cases);
    bench_expect(b, "entries", suite_number(b->suite, "SELECT count(*) FROM journal.entry"), cases * TOLD_PER_CASE);
    bench_expect(b, "complaints passed on once",
                 suite_number(b->suite, "SELECT count(*) FROM watchdog.case_state WHERE version = 3 AND bounces = 1"),
                 cases);
    bench_expect(b, "running clocks",
                 suite_number(b->suite, "SELECT count(*) FROM watchdog.clock WHERE state = 1 AND next_at IS NOT NULL"
                                        " AND policy_code <> ''"),
                 cases * 5);
    bench_expect(b, "clocks that have ended",
                 suite_number(b->suite, "SELECT count(*) FROM watchdog.clock WHERE state IN (3, 6)"
                                        " AND next_at IS NULL AND ended_at IS NOT NULL"),
                 cases * 2);
    bench_expect(b, "dead letters", suite_number(b->suite, "SELECT count(*) FROM watchdog.dead_letter"), 0);
}

static void events(struct bench *b)
{
    size_t total = WARM_UP + (size_t)b->count;
    struct case_load *load = case_load_new(b->suite, total);
    struct meter before, after, cost;
    struct growth journal;

    clock_load_promise(b->suite);
    growth_open(&journal, b);
    bench_start_watchdog(b);
    case_load_publish(load, CASE_REGISTERED, 0, WARM_UP);
    growth_wait(&journal, b, WARM_UP * 6);
    case_load_publish(load, CASE_ASSIGNED, 0, WARM_UP);
    growth_wait(&journal, b, WARM_UP);
    case_load_publish(load, CASE_REASSIGNED, 0, WARM_UP);
    growth_wait(&journal, b, WARM_UP * 2);
    bench_hold(b, METER_WATCHDOG);
    publish(load, WARM_UP, total);
    bench_settle(b);
    bench_read(b, &before);
    bench_release(b, METER_WATCHDOG);
    growth_wait(&journal, b, b->count * TOLD_PER_CASE);
    bench_read(b, &after);
    cost = meter_between(&before, &after);
    judge_events(b, (int64_t)total);
    bench_report(b, &cost, b->count * CASE_STEPS, NULL, 0);
    growth_close(&journal);
    case_load_free(load);
}

int main(int argc, char **argv)
{
    struct bench b;

    bench_open(&b, argc, argv);
    if (strcmp(b.name, "sla.fire") == 0)
        fire(&b);
    else if (strcmp(b.name, "sla.lateness") == 0)
        lateness(&b);
    else if (strcmp(b.name, "sla.events") == 0)
        events(&b);
    else {
        fprintf(stderr, "bench: no benchmark %s here\n", b.name);
        return 2;
    }
    bench_close(&b);
    return b.problems != 0;
}
