/* One run of an intake benchmark: intake.throughput, intake.latency, intake.replay. See tests/bench/run.
 *
 *   throughput   count submissions lie in Kafka; until their registered events and outcomes lie there too
 *   latency      rate submissions a second, each at its time; until the event is seen by a consumer
 *   replay       count submissions that are all known; until their outcomes lie in Kafka */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/event/topic.h"
#include "tests/support/bench.h"
#include "tests/support/load.h"
#include "tests/support/watch.h"

#define WARM_UP       2000
#define WAIT_SECONDS  120
#define LOOK_EVERY_US 10000

static void start_all(struct bench *b)
{
    bench_start_relay(b);
    bench_start_intake(b);
    if (b->variant == BENCH_FULL)
        bench_start_dispatch(b);
}

/* Every complaint was registered and answered, and assigned where dispatch runs. */
static void wait_for_all(struct bench *b, struct watch *w, size_t complaints, size_t outcomes)
{
    if (watch_wait(w, complaints, outcomes, WAIT_SECONDS) < 0)
        b->problems++;
    if (b->variant == BENCH_FULL && watch_wait_assigned(w, complaints, WAIT_SECONDS) < 0)
        b->problems++;
}

/* The first submissions: connections, plans, caches and the JVM get warm, and nothing of it is measured. */
static void warm_up(struct bench *b, struct load *l, struct watch *w)
{
    int64_t unused_us[WARM_UP];

    if (strcmp(b->name, "intake.latency") == 0)
        load_publish_evenly(l, &b->kafka, 0, WARM_UP, 1000, unused_us);
    else
        load_publish(l, &b->kafka, 0, WARM_UP);
    wait_for_all(b, w, WARM_UP, WARM_UP);
    bench_settle(b);
}

static void wait_for_end(struct bench *b, struct ends *e, int64_t wanted)
{
    int64_t end_us = clock_mono_us() + WAIT_SECONDS * INT64_C(1000000);

    while (ends_sum(e) < wanted) {
        if (clock_mono_us() > end_us) {
            bench_expect(b, "records after the time", ends_sum(e), wanted);
            return;
        }
        clock_sleep_us(LOOK_EVERY_US);
    }
}

/* Exactly what a user of the topics may expect of numbers 0..count-1 sent `times` times. */
static void judge(struct bench *b, struct watch *w, size_t count, int64_t times, struct sightings *ret)
{
    int64_t wrong = 0;

    watch_judge(w, count, ret);
    b->problems += ret->problems;
    bench_expect(b, "registered", ret->registered, (int64_t)count);
    bench_expect(b, "assigned", ret->assigned, b->variant == BENCH_FULL ? (int64_t)count : 0);
    if (b->json)
        return;
    bench_expect(b, "accepted", ret->accepted, (int64_t)count);
    for (size_t i = 0; i < count; i++)
        wrong += ret->outcomes[i] < 1 || ret->outcomes[i] > times;
    bench_expect(b, "submissions with too few or too many outcomes", wrong, 0);
}

/* With intake held, everything is laid out; then it goes as fast as it can. */
static void run_held(struct bench *b, bool replay)
{
    size_t total = WARM_UP + (size_t)b->count;
    struct load *l = load_new(total, b->json ? 2 : 0);
    struct watch *w = watch_new(&b->kafka);
    struct ends *outcomes = ends_new(&b->kafka, TOPIC_OUTCOMES), *events = ends_new(&b->kafka, TOPIC_COMPLAINTS);
    struct meter before, after, cost;
    struct sightings seen;

    start_all(b);
    warm_up(b, l, w);
    if (replay) {
        load_publish(l, &b->kafka, WARM_UP, total);
        wait_for_all(b, w, total, total);
        bench_settle(b);
    }
    watch_free(w); /* nobody reads while it is measured */
    bench_hold(b, METER_INTAKE);
    load_publish(l, &b->kafka, WARM_UP, total);
    bench_read(b, &before);
    bench_release(b, METER_INTAKE);
    wait_for_end(b, outcomes, (int64_t)(replay ? total + (size_t)b->count : total));
    wait_for_end(b, events, (int64_t)total);
    bench_read(b, &after);
    cost = meter_between(&before, &after);

    w = watch_new(&b->kafka);
    wait_for_all(b, w, total, total + (replay ? (size_t)b->count : 0));
    clock_sleep_us(200000); /* too many would come now */
    judge(b, w, total, replay ? 2 : 1, &seen);
    if (replay)
        bench_expect(b, "duplicates", seen.duplicate, b->count);
    bench_report(b, &cost, b->count, NULL, 0);
    sightings_done(&seen);
    watch_free(w);
    ends_free(outcomes);
    ends_free(events);
    load_free(l);
}

static struct bench_latency latency(const char *name, const int64_t *seen_us, const int64_t *intended_us, size_t from,
                                    size_t to)
{
    struct bench_latency l = { .name = name, .ms = calloc(to - from, sizeof(double)) };

    if (!l.ms)
        abort();
    for (size_t i = from; i < to; i++)
        if (seen_us[i])
            l.ms[l.count++] = (double)(seen_us[i] - intended_us[i]) / 1e3;
    return l;
}

static void run_evenly(struct bench *b)
{
    size_t total = WARM_UP + (size_t)(b->rate * b->seconds);
    struct load *l = load_new(total, b->json ? 2 : 0);
    struct watch *w = watch_new(&b->kafka);
    int64_t *intended_us = calloc(total, sizeof *intended_us);
    struct bench_latency latencies[2];
    struct meter before, after, cost;
    struct sightings seen;

    if (!intended_us)
        abort();
    start_all(b);
    warm_up(b, l, w);
    bench_read(b, &before);
    load_publish_evenly(l, &b->kafka, WARM_UP, total, b->rate, intended_us);
    wait_for_all(b, w, total, total);
    bench_read(b, &after);
    cost = meter_between(&before, &after);
    clock_sleep_us(200000);
    judge(b, w, total, 1, &seen);
    latencies[0] = latency("registered", seen.registered_us, intended_us, WARM_UP, total);
    latencies[1] = latency("assigned", seen.assigned_us, intended_us, WARM_UP, total);
    bench_report(b, &cost, (int64_t)(total - WARM_UP), latencies, 2);
    free(latencies[0].ms);
    free(latencies[1].ms);
    free(intended_us);
    sightings_done(&seen);
    watch_free(w);
    load_free(l);
}

int main(int argc, char **argv)
{
    struct bench b;

    bench_open(&b, argc, argv);
    if (strcmp(b.name, "intake.throughput") == 0)
        run_held(&b, false);
    else if (strcmp(b.name, "intake.replay") == 0)
        run_held(&b, true);
    else if (strcmp(b.name, "intake.latency") == 0)
        run_evenly(&b);
    else {
        fprintf(stderr, "bench: no benchmark %s here\n", b.name);
        return 2;
    }
    bench_close(&b);
    return b.problems != 0;
}
