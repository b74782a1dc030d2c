/* clock.due: due instants a second on one core, with pauses, on a calendar of three years. Prints JSON; the goal is
 * 1,000,000 a second (working days, two pauses each, pauses put in order every time).
 *
 *     clock_due [clock.due] [--variant ours] [--count N]     (from the root of the repository) */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/clock.h"
#include "tests/support/calendars.h"

#define QUESTIONS 4096
#define ROUNDS    5

struct question {
    int64_t start;
    struct pause pauses[2];
    int32_t count;
};

static int64_t cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void make_questions(const struct calendar *c, struct question *q)
{
    int64_t low = instant(c, "2024-01-01T00:00"), high = instant(c, "2026-06-01T00:00");
    uint64_t seed = 42;

    for (int i = 0; i < QUESTIONS; i++) {
        q[i].start = random_within(&seed, low, high);
        q[i].count = (int32_t)random_within(&seed, 1, 10);
        for (int p = 0; p < 2; p++) {
            q[i].pauses[p].from_us = q[i].start + random_within(&seed, 0, 4 * DAY_US);
            q[i].pauses[p].to_us = q[i].pauses[p].from_us + random_within(&seed, 1, 2 * DAY_US);
        }
    }
}

/* Nanoseconds of this core for each due instant (and `points` percent points). */
static double run(const struct calendar *c, const struct question *q, enum limit_unit unit, int points, long count,
                  int64_t *sum)
{
    static const int percents[] = { 50, 80, 150, 200 };
    int64_t begin = cpu_ns();

    for (long i = 0; i < count; i++) {
        const struct question *one = &q[i % QUESTIONS];
        struct pause pauses[2] = { one->pauses[0], one->pauses[1] };
        struct clock k = { .calendar = c, .start_us = one->start, .limit = { unit, one->count }, .pauses = pauses };
        int64_t due = 0, at = 0;

        k.pause_count = clock_pauses_merge(pauses, 2, one->start);
        if (clock_due(&k, &due) != CLOCK_REACHED)
            abort();
        for (int p = 0; p < points; p++) {
            if (clock_point(&k, due, percents[p], &at) != CLOCK_REACHED)
                abort();
            *sum += at;
        }
        *sum += due;
    }
    return (double)(cpu_ns() - begin) / (double)count;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void measure(const struct calendar *c, const struct question *q, const char *name, enum limit_unit unit,
                    int points, long count)
{
    double ns[ROUNDS];
    int64_t sum = 0;

    run(c, q, unit, points, count / 10 + 1, &sum);
    for (int i = 0; i < ROUNDS; i++)
        ns[i] = run(c, q, unit, points, count, &sum);
    qsort(ns, ROUNDS, sizeof ns[0], by_value);
    printf(", \"%s_ns\": %.0f, \"%s_ns_min\": %.0f, \"%s_ns_max\": %.0f, \"%s_per_second\": %.0f, \"%s_check\": %lld",
           name, ns[ROUNDS / 2], name, ns[0], name, ns[ROUNDS - 1], name, 1e9 / ns[ROUNDS / 2], name,
           (long long)(sum % 1000003));
}

/* --variant and the name are what tests/bench/run gives every program; there is only one of each here. */
static long count_of(int argc, char **argv)
{
    static const struct option options[] = { { "count", required_argument, NULL, 'n' },
                                             { "variant", required_argument, NULL, 'v' },
                                             { NULL, 0, NULL, 0 } };
    long count = 2000000;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (option == 'n')
            count = strtol(optarg, NULL, 10);
        else if (option != 'v')
            count = 0;
    return count;
}

int main(int argc, char **argv)
{
    long count = count_of(argc, argv);
    static struct question questions[QUESTIONS];
    const struct calendar *c;
    struct arena arena;
    int64_t begin = cpu_ns(), prepared;

    if (count < 1) {
        fputs("usage: clock_due [clock.due] [--variant ours] [--count N]\n", stderr);
        return 2;
    }
    arena_init(&arena, 0);
    c = calendar_of_file(&arena, "deploy/calendars/cn-office.yaml", 2024, 2026);
    prepared = cpu_ns() - begin;
    make_questions(c, questions);
    printf("{\"operations\": %ld, \"problems\": 0, \"windows\": %zu, \"pauses\": 2, \"load_us\": %lld, "
           "\"arena_bytes\": %zu",
           count, c->window_count, (long long)prepared / 1000, arena.used);
    measure(c, questions, "wd", LIMIT_WORKING_DAYS, 0, count);
    measure(c, questions, "wh", LIMIT_WORKING_HOURS, 0, count);
    measure(c, questions, "d", LIMIT_DAYS, 0, count);
    measure(c, questions, "h", LIMIT_HOURS, 0, count);
    measure(c, questions, "wd_points", LIMIT_WORKING_DAYS, 4, count);
    puts("}");
    arena_done(&arena);
    return 0;
}
