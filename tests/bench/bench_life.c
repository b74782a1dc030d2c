/* One run of a benchmark of dispatch. See tests/bench/run; tests/support/life_load.h says what a life is.
 *
 *   life.throughput   count complaints are registered in the journal's topic, then all commands of their lives lie in
 * Kafka; until the journal has their events and answers. Then what dispatch hears and need do nothing about: its own
 * events, as they come back, and clocks that were started act.latency       rate commands a second, each at its time;
 * until a consumer of redress.outcomes.v1 has the answer */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/event/topic.h"
#include "tests/support/growth.h"
#include "tests/support/life_load.h"
#include "tests/support/watch.h"

#define WARM_UP       1000
#define WAIT_SECONDS  120
#define LOOK_EVERY_US 10000

/* As in life the steps of a complaint come in different batches: of each partition's share of so many complaints a
 * batch takes a part. */
#define APART 20000

#define TOLD_OF_COMMANDS (2 * LIFE_STEPS) /* an event and an answer of each */

struct run {
    struct bench *bench;
    struct life_load *load;
    struct growth journal;
    struct ends *complaints, *outcomes, *clocks;
    int64_t cases; /* with those of the warm-up */
};

static void wait_for_topic(struct bench *b, struct ends *e, int64_t wanted)
{
    int64_t end_us = clock_mono_us() + WAIT_SECONDS * INT64_C(1000000);

    while (ends_sum(e) < wanted && clock_mono_us() < end_us)
        clock_sleep_us(LOOK_EVERY_US);
    bench_expect(b, "records of a topic", ends_sum(e), wanted);
}

static void open_run(struct run *r, struct bench *b, int64_t cases)
{
    *r = (struct run){ .bench = b, .cases = cases };
    bench_start_relay(b);
    bench_start_dispatch(b);
    r->load = life_load_new(b->suite, (size_t)cases);
    r->complaints = ends_new(&b->kafka, TOPIC_COMPLAINTS);
    r->outcomes = ends_new(&b->kafka, TOPIC_OUTCOMES);
    r->clocks = ends_new(&b->kafka, TOPIC_SLA);
}

static void close_run(struct run *r)
{
    ends_free(r->complaints);
    ends_free(r->outcomes);
    ends_free(r->clocks);
    life_load_free(r->load);
}

/* ---- the stretches of life.throughput ---- */

static struct meter stretch_of_journal(struct run *r, int64_t entries)
{
    struct meter before, after;

    bench_settle(r->bench);
    bench_read(r->bench, &before);
    bench_release(r->bench, METER_DISPATCH);
    growth_wait(&r->journal, r->bench, entries);
    bench_read(r->bench, &after);
    bench_hold(r->bench, METER_DISPATCH);
    return meter_between(&before, &after);
}

static struct meter stretch_of_topic(struct run *r, const char *offset, int64_t wanted)
{
    struct meter before, after;

    bench_settle(r->bench);
    bench_read(r->bench, &before);
    bench_release(r->bench, METER_DISPATCH);
    if (!suite_wait_number(r->bench->suite, offset, wanted, WAIT_SECONDS))
        r->bench->problems++;
    bench_read(r->bench, &after);
    bench_hold(r->bench, METER_DISPATCH);
    return meter_between(&before, &after);
}

static void warm_up(struct run *r)
{
    growth_open(&r->journal, r->bench);
    life_load_register(r->load, 0, WARM_UP);
    growth_wait(&r->journal, r->bench, INT64_C(2) * WARM_UP);
    for (int step = 0; step < LIFE_STEPS; step++) {
        life_load_publish(r->load, (enum life_step)step, 0, WARM_UP);
        growth_wait(&r->journal, r->bench, INT64_C(2) * WARM_UP);
    }
    wait_for_topic(r->bench, r->complaints, (int64_t)WARM_UP * (1 + LIFE_EVENTS));
}

/* The relay has published all that is registered and is held from then on: nobody else works while it is measured. */
static void lay_out_registrations(struct run *r)
{
    bench_hold(r->bench, METER_DISPATCH);
    life_load_register(r->load, WARM_UP, (size_t)r->cases);
    growth_wait(&r->journal, r->bench, r->bench->count);
    wait_for_topic(r->bench, r->complaints, (int64_t)WARM_UP * (1 + LIFE_EVENTS) + r->bench->count);
    bench_hold(r->bench, METER_RELAY);
}

static void lay_out_commands(struct run *r)
{
    size_t all = (size_t)r->cases;

    for (size_t from = WARM_UP; from < all; from += APART)
        for (int step = 0; step < LIFE_STEPS; step++)
            life_load_publish(r->load, (enum life_step)step, from, from + APART < all ? from + APART : all);
}

static void lay_out_own_events(struct run *r)
{
    bench_release(r->bench, METER_RELAY);
    wait_for_topic(r->bench, r->complaints, (1 + LIFE_EVENTS) * r->cases);
    wait_for_topic(r->bench, r->outcomes, LIFE_STEPS * r->cases);
    clock_sleep_us(200000); /* too many would come now */
    bench_hold(r->bench, METER_RELAY);
}

/* ---- what must hold ---- */

static void judge_rows(struct run *r)
{
    struct bench *b = r->bench;
    struct suite *s = b->suite;

    bench_expect(
        b, "cases closed after six events",
        suite_number(s, "SELECT count(*) FROM dispatch.case_state AS s JOIN dispatch.case_file USING (complaint_id)"
                        " WHERE status = 14 AND version = 6 AND closed_at IS NOT NULL"),
        r->cases);
    bench_expect(b, "commands kept and carried out",
                 suite_number(s, "SELECT count(*) FROM dispatch.command WHERE refusal IS NULL"), LIFE_STEPS * r->cases);
    bench_expect(b, "commands refused",
                 suite_number(s, "SELECT count(*) FROM dispatch.command WHERE refusal IS NOT NULL"), 0);
    bench_expect(b, "texts", suite_number(s, "SELECT count(*) FROM dispatch.case_text WHERE content <> ''"),
                 2 * r->cases);
    bench_expect(b, "dead letters", suite_number(s, "SELECT count(*) FROM dispatch.dead_letter"), 0);
}

/* What a user of the topics sees: each complaint's versions without gap or repeat, each command answered once. */
static void judge_topics(struct bench *b, struct watch *w, int64_t cases, int64_t commands, int64_t *answered_us)
{
    struct sightings seen;
    int64_t wrong = 0;

    watch_judge(w, (size_t)(cases > commands ? cases : commands), &seen);
    b->problems += seen.problems;
    bench_expect(b, "registered", seen.registered, cases);
    bench_expect(b, "assigned", seen.assigned, cases);
    bench_expect(b, "accepted", seen.accepted, commands);
    for (int64_t i = 0; i < commands; i++)
        wrong += seen.outcomes[i] != 1;
    bench_expect(b, "commands without one answer", wrong, 0);
    if (answered_us)
        watch_outcomes_us(w, answered_us, (size_t)commands);
    sightings_done(&seen);
}

static void judge_lives(struct run *r)
{
    struct watch *w = watch_new(&r->bench->kafka);

    judge_rows(r);
    if (watch_wait(w, (size_t)((1 + LIFE_EVENTS) * r->cases), (size_t)(LIFE_STEPS * r->cases), WAIT_SECONDS) < 0)
        r->bench->problems++;
    judge_topics(r->bench, w, r->cases, LIFE_STEPS * r->cases, NULL);
    watch_free(w);
}

/* ---- the benchmarks ---- */

#define OFFSET(topic) "SELECT sum(next_offset)::int8 FROM dispatch.consumer WHERE topic = '" topic "'"

static void throughput(struct bench *b)
{
    struct meter registering, acting, hearing, lives;
    struct run r;

    open_run(&r, b, WARM_UP + b->count);
    warm_up(&r);
    lay_out_registrations(&r);
    registering = stretch_of_journal(&r, b->count);
    lay_out_commands(&r);
    acting = stretch_of_journal(&r, b->count * TOLD_OF_COMMANDS);
    lives = meter_sum(&registering, &acting);
    bench_also(b, "assigned", &registering, b->count);
    bench_also(b, "command", &acting, b->count * LIFE_STEPS);
    lay_out_own_events(&r);
    hearing = stretch_of_topic(&r, OFFSET(TOPIC_COMPLAINTS), (1 + LIFE_EVENTS) * r.cases);
    bench_also(b, "own_event", &hearing, b->count * LIFE_EVENTS);
    life_load_publish_clocks(r.load, 0, (size_t)r.cases);
    hearing = stretch_of_topic(&r, OFFSET(TOPIC_SLA), r.cases);
    bench_also(b, "clock_event", &hearing, r.cases);
    judge_lives(&r);
    bench_report(b, &lives, b->count, NULL, 0);
    bench_release(b, METER_DISPATCH); /* so that they hear that they are to end */
    bench_release(b, METER_RELAY);
    growth_close(&r.journal);
    close_run(&r);
}

static void latency(struct bench *b)
{
    int64_t total = WARM_UP + (int64_t)(b->rate * b->seconds);
    int64_t *intended_us = calloc((size_t)total, sizeof *intended_us),
            *answered_us = calloc((size_t)total, sizeof *answered_us);
    struct bench_latency l = { .name = "answered", .ms = calloc((size_t)total, sizeof(double)) };
    struct watch *w = watch_new(&b->kafka);
    struct meter before, after, cost;
    struct run r;

    if (!intended_us || !answered_us || !l.ms)
        abort();
    open_run(&r, b, total);
    life_load_register(r.load, 0, (size_t)total);
    if (watch_wait(w, (size_t)(2 * total), 0, WAIT_SECONDS) < 0)
        b->problems++;
    bench_settle(b);
    life_load_publish_evenly(r.load, 0, WARM_UP, 1000, intended_us);
    if (watch_wait(w, (size_t)(2 * total + WARM_UP), WARM_UP, WAIT_SECONDS) < 0)
        b->problems++;
    bench_read(b, &before);
    life_load_publish_evenly(r.load, WARM_UP, (size_t)total, b->rate, intended_us);
    if (watch_wait(w, (size_t)(3 * total), (size_t)total, WAIT_SECONDS) < 0)
        b->problems++;
    bench_read(b, &after);
    cost = meter_between(&before, &after);
    clock_sleep_us(200000); /* too many would come now */
    judge_topics(b, w, total, total, answered_us);
    for (int64_t i = WARM_UP; i < total; i++)
        if (answered_us[i])
            l.ms[l.count++] = (double)(answered_us[i] - intended_us[i]) / 1e3;
    bench_report(b, &cost, total - WARM_UP, &l, 1);
    watch_free(w);
    close_run(&r);
    free(intended_us);
    free(answered_us);
    free(l.ms);
}

int main(int argc, char **argv)
{
    struct bench b;

    bench_open(&b, argc, argv);
    if (strcmp(b.name, "life.throughput") == 0)
        throughput(&b);
    else if (strcmp(b.name, "act.latency") == 0)
        latency(&b);
    else {
        fprintf(stderr, "bench: no benchmark %s here\n", b.name);
        return 2;
    }
    bench_close(&b);
    return b.problems != 0;
}
