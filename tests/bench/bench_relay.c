/* One run of a relay benchmark: relay.drain, relay.latency; and of footprint. See tests/bench/run.
 *
 *   relay.drain     count entries lie in the journal; until all are in Kafka
 *   relay.latency   rate entries a second in transactions of ten; commit -> seen by a consumer
 *   footprint       time until ready, resident memory when idle, of each daemon */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/arena.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/topic.h"
#include "common/journal/journal.h"
#include "redress/v1/outcome.pb-c.h"
#include "tests/support/bench.h"
#include "tests/support/load.h"
#include "tests/support/watch.h"

#define WARM_UP       1000
#define PER_COMMIT    10
#define WAIT_SECONDS  120
#define LOOK_EVERY_US 10000

/* Writes outcomes as intake would: sealed entries, one batch per transaction. */
struct writer {
    struct pg_conn *pg;
    struct arena arena;
};

static struct journal_entry entry(struct arena *a, int64_t number, int64_t now_us)
{
    Redress__V1__Outcome o = REDRESS__V1__OUTCOME__INIT;
    struct journal_entry e = { .topic = TOPIC_OUTCOMES,
                               .tenant = "demo",
                               .type = "redress.v1.Outcome",
                               .headers = "ce_source: redress/intake\ncontent-type: application/protobuf\n" };
    uint8_t *packed;

    o.tenant = (char[]){ "demo" };
    o.source = (char[]){ LOAD_SOURCE };
    o.source_event_id = arena_printf(a, "BENCH-%lld", (long long)number);
    o.result = REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_ACCEPTED;
    o.complaint_id = (char[]){ "0193-0000-7000-8000-0000000000000000" };
    o.complaint_number = arena_printf(a, "YHHY-20261122-%05lld", (long long)number);
    packed = arena_alloc(a, redress__v1__outcome__get_packed_size(&o));
    if (!packed)
        abort();
    e.payload_len = redress__v1__outcome__pack(&o, packed);
    e.payload = packed;
    e.key = arena_printf(a, "demo:" LOAD_SOURCE ":%s", o.source_event_id);
    journal_seal(&e, now_us, NULL);
    return e;
}

static void must(int r)
{
    if (r >= 0)
        return;
    fprintf(stderr, "bench: %s\n", err_text());
    exit(99);
}

/* One transaction with numbers from..to-1; returns when it was committed. */
static int64_t commit(struct writer *w, int64_t from, int64_t to)
{
    struct journal_entry *entries;
    int64_t batch, at_us;

    arena_reset(&w->arena);
    entries = arena_array(&w->arena, struct journal_entry, (size_t)(to - from));
    for (int64_t n = from; n < to; n++)
        entries[n - from] = entry(&w->arena, n, clock_wall_us());
    must(pg_begin(w->pg));
    must(journal_append(w->pg, &w->arena, entries, (size_t)(to - from), &batch));
    must(pg_commit(w->pg));
    at_us = clock_mono_us();
    must(pg_send(w->pg, JOURNAL_WAKE_UP));
    return at_us;
}

static struct writer writer_open(struct bench *b)
{
    struct writer w = { .pg = pg_new(&(struct pg_options){ .uri = suite_uri(b->suite),
                                                           .name = "bench-writer",
                                                           .schema = "journal",
                                                           .connect_timeout_ms = 10000,
                                                           .statement_timeout_ms = 60000,
                                                           .idle_in_transaction_timeout_ms = 60000,
                                                           .lock_timeout_ms = 10000 }) };

    must(pg_connect(w.pg));
    arena_init(&w.arena, 0);
    return w;
}

static void writer_close(struct writer *w)
{
    pg_free(w->pg);
    arena_done(&w->arena);
}

static void judge(struct bench *b, struct watch *w, size_t count)
{
    struct sightings seen;
    int64_t wrong = 0;

    watch_judge(w, count, &seen);
    b->problems += seen.problems;
    for (size_t i = 0; i < count; i++)
        wrong += seen.outcomes[i] != 1;
    bench_expect(b, "entries not seen exactly once", wrong, 0);
    sightings_done(&seen);
}

static void drain(struct bench *b)
{
    struct ends *ends = ends_new(&b->kafka, TOPIC_OUTCOMES);
    struct writer w = writer_open(b);
    int64_t total = WARM_UP + b->count;
    struct meter before, after, cost;
    struct watch *watch;

    bench_start_relay(b);
    commit(&w, 0, WARM_UP);
    watch = watch_new(&b->kafka);
    watch_wait(watch, 0, WARM_UP, WAIT_SECONDS);
    watch_free(watch);
    bench_hold(b, METER_RELAY);
    for (int64_t n = WARM_UP; n < total; n += 1000)
        commit(&w, n, n + 1000 < total ? n + 1000 : total);
    bench_settle(b);
    bench_read(b, &before);
    bench_release(b, METER_RELAY);
    while (ends_sum(ends) < total)
        clock_sleep_us(LOOK_EVERY_US);
    bench_read(b, &after);
    cost = meter_between(&before, &after);
    watch = watch_new(&b->kafka);
    watch_wait(watch, 0, (size_t)total, WAIT_SECONDS);
    judge(b, watch, (size_t)total);
    bench_report(b, &cost, b->count, NULL, 0);
    watch_free(watch);
    writer_close(&w);
    ends_free(ends);
}

static void sleep_until(int64_t at_us)
{
    struct timespec t = { at_us / 1000000, at_us % 1000000 * 1000 };

    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void commit_to_seen(struct bench *b)
{
    int64_t total = WARM_UP + (int64_t)(b->rate * b->seconds) / PER_COMMIT * PER_COMMIT, start_us;
    int64_t *committed_us = calloc((size_t)total, sizeof *committed_us),
            *seen_us = calloc((size_t)total, sizeof *seen_us);
    struct bench_latency l = { .name = "commit_to_seen", .ms = calloc((size_t)total, sizeof *l.ms) };
    struct writer w = writer_open(b);
    struct watch *watch = watch_new(&b->kafka);
    struct meter before, after, cost;

    if (!committed_us || !seen_us || !l.ms)
        abort();
    bench_start_relay(b);
    commit(&w, 0, WARM_UP);
    watch_wait(watch, 0, WARM_UP, WAIT_SECONDS);
    bench_read(b, &before);
    start_us = clock_mono_us() + 10000;
    for (int64_t n = WARM_UP; n < total; n += PER_COMMIT) {
        sleep_until(start_us + (int64_t)((double)(n - WARM_UP) * 1e6 / b->rate));
        committed_us[n] = commit(&w, n, n + PER_COMMIT);
        for (int i = 1; i < PER_COMMIT; i++)
            committed_us[n + i] = committed_us[n];
    }
    if (watch_wait(watch, 0, (size_t)total, WAIT_SECONDS) < 0)
        b->problems++;
    bench_read(b, &after);
    cost = meter_between(&before, &after);
    judge(b, watch, (size_t)total);
    watch_outcomes_us(watch, seen_us, (size_t)total);
    for (int64_t n = WARM_UP; n < total; n++)
        l.ms[l.count++] = (double)(seen_us[n] - committed_us[n]) / 1e3;
    bench_report(b, &cost, total - WARM_UP, &l, 1);
    free(committed_us);
    free(seen_us);
    free(l.ms);
    watch_free(watch);
    writer_close(&w);
}

/* All daemons in the order of their start; the relay opens the journal, so it comes first. */
static void footprint(struct bench *b)
{
    static const enum meter_role roles[] = { METER_RELAY, METER_INTAKE, METER_WATCHDOG, METER_DISPATCH };
    int64_t ready_us[4] = { bench_start_relay(b), bench_start_intake(b), bench_start_watchdog(b), 0 };
    int count = 3;

    if (b->variant != BENCH_FLOOR)
        ready_us[count++] = bench_start_dispatch(b);
    clock_sleep_us(1000000);
    printf("{\"operations\": 1, \"problems\": 0");
    for (int i = 0; i < count; i++)
        printf(", \"%s_ready_ms\": %.1f, \"%s_resident_mb\": %.2f", meter_role_names[roles[i]],
               (double)ready_us[i] / 1e3, meter_role_names[roles[i]],
               (double)meter_resident_kb(b->processes.pid[roles[i]]) / 1024);
    printf("}\n");
}

int main(int argc, char **argv)
{
    struct bench b;

    bench_open(&b, argc, argv);
    if (strcmp(b.name, "relay.drain") == 0)
        drain(&b);
    else if (strcmp(b.name, "relay.latency") == 0)
        commit_to_seen(&b);
    else if (strcmp(b.name, "footprint") == 0)
        footprint(&b);
    else {
        fprintf(stderr, "bench: no benchmark %s here\n", b.name);
        return 2;
    }
    bench_close(&b);
    return b.problems != 0;
}
