/* One run of one benchmark: what the programs of tests/bench share. A run has a database and topics of its own, starts
 * the processes of its variant, and prints one JSON object; tests/bench/run repeats, shuffles and compares. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "meter.h"
#include "suite.h"

enum bench_variant {
    BENCH_FLOOR, /* floor_intake, floor_life, floor_relay, floor_watchdog, floor_notify */
    BENCH_OURS,  /* redress-intake, redress-dispatch, redress-relay, redress-watchdog, redress-notification */
    BENCH_FULL,  /* of intake's: redress-dispatch, too */
};

struct bench {
    struct suite *suite;
    struct kafka_options kafka;
    struct meter_processes processes;
    const char *name; /* "intake.throughput" */
    enum bench_variant variant;
    int64_t count;    /* operations */
    double rate;      /* per second; 0: as fast as it goes */
    double seconds;   /* of an open-loop run */
    bool json;        /* every second submission as JSON */
    int64_t open;     /* clocks that are open */
    int64_t rounds;   /* of a program that lets floor and ours take turns itself; 0: one run of one variant */
    uint64_t seed;    /* of the order of those turns */
    const char *turn; /* whose result is reported, of such a program; NULL: this run is of one variant */
    int64_t problems;
    char also[512]; /* figures of parts */
};

/* NAME [--variant floor|ours|full] [--count N] [--rate R] [--seconds S] [--open N] [--rounds N] [--seed N] [--json].
 * Ends the process where they are wrong. Makes the suite with the demo tenant. Needs REDRESS_BENCH_PG_PID and
 * REDRESS_BENCH_KAFKA_PID beside what a suite needs. */
void bench_open(struct bench *b, int argc, char **argv);
void bench_close(struct bench *b);

/* A connection of its own, as superuser, that may hold a transaction open for an hour; ends the process if there is
 * none. */
struct pg_conn *bench_connect(struct bench *b, const char *name);

/* Starts and waits until ready; time until then. The process takes part in the metering. */
int64_t bench_start_intake(struct bench *b);
int64_t bench_start_relay(struct bench *b);
int64_t bench_start_dispatch(struct bench *b);
int64_t bench_start_watchdog(struct bench *b);
int64_t bench_start_notification(struct bench *b);
/* Stops and continues a process (SIGSTOP), so that work can be laid out before it. */
void bench_hold(struct bench *b, enum meter_role role);
void bench_release(struct bench *b, enum meter_role role);

void bench_read(struct bench *b, struct meter *ret);
/* Before a measured stretch: a checkpoint, so that every run starts with the same one behind it. */
void bench_settle(struct bench *b);

/* Counts and tells what must not be. */
void bench_expect(struct bench *b, const char *what, int64_t found, int64_t wanted);

/* Further figures of the next result, of a part of the run: <name>_per_second, _cpu_us, _wal_bytes per operation. */
void bench_also(struct bench *b, const char *name, const struct meter *cost, int64_t operations);

/* Prints the result: costs per operation, and percentiles of each list (sorted by it). */
struct bench_latency {
    const char *name;
    double *ms;
    size_t count;
};
void bench_report(struct bench *b, const struct meter *cost, int64_t operations, const struct bench_latency *latencies,
                  size_t latency_count);
