#include "bench.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <librdkafka/rdkafka.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/str.h"
#include "common/event/topic.h"

#define READY_SECONDS 30

static void __attribute__((noreturn)) give_up(const char *what, const char *why)
{
    fprintf(stderr, "bench: %s: %s\n", what, why);
    exit(99);
}

static const char *must_env(const char *name)
{
    const char *v = getenv(name);

    if (!v || !*v)
        give_up(name, "is not set: run through tests/bench/run");
    return v;
}

static pid_t must_pid(const char *name)
{
    int64_t pid;

    if (!parse_int64(must_env(name), 1, INT32_MAX, &pid))
        give_up(name, "is not a process id");
    return (pid_t)pid;
}

static enum bench_variant variant_of(const char *text)
{
    static const char *const names[] = { "floor", "ours", "full" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], text) == 0)
            return (enum bench_variant)i;
    give_up("--variant", "must be floor, ours or full");
}

static int64_t number_of(const char *option, int64_t max)
{
    int64_t n;

    if (!parse_int64(optarg, 0, max, &n))
        give_up(option, "must be a number");
    return n;
}

static void take_option(struct bench *b, int option)
{
    switch (option) {
    case 'v':
        b->variant = variant_of(optarg);
        break;
    case 'n':
        b->count = number_of("--count", 100000000);
        break;
    case 'r':
        b->rate = strtod(optarg, NULL);
        break;
    case 's':
        b->seconds = strtod(optarg, NULL);
        break;
    case 'o':
        b->open = number_of("--open", 100000000);
        break;
    case 'k':
        b->rounds = number_of("--rounds", 1000);
        break;
    case 'x':
        b->seed = (uint64_t)number_of("--seed", INT64_MAX);
        break;
    case 'j':
        b->json = true;
        break;
    default:
        give_up("usage",
                "NAME [--variant floor|ours|full] [--count N] [--rate R] [--seconds S] [--open N] [--rounds N] "
                "[--seed N] [--json]");
    }
}

void bench_open(struct bench *b, int argc, char **argv)
{
    static const struct option options[] = {
        { "variant", required_argument, NULL, 'v' },
        { "count", required_argument, NULL, 'n' },
        { "rate", required_argument, NULL, 'r' },
        { "seconds", required_argument, NULL, 's' },
        { "open", required_argument, NULL, 'o' },
        { "rounds", required_argument, NULL, 'k' },
        { "seed", required_argument, NULL, 'x' },
        { "json", no_argument, NULL, 'j' },
        { NULL, 0, NULL, 0 },
    };
    int option;

    *b = (struct bench){ .count = 10000, .rate = 1000, .seconds = 5, .open = 100000 };
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        take_option(b, option);
    if (optind != argc - 1)
        give_up("usage", "exactly one NAME");
    b->name = argv[optind];
    b->processes.pid[METER_POSTGRES] = must_pid("REDRESS_BENCH_PG_PID");
    b->processes.pid[METER_KAFKA] = must_pid("REDRESS_BENCH_KAFKA_PID");
    b->processes.pid[METER_HARNESS] = getpid();
    b->suite = suite_new("bench");
    b->kafka = suite_kafka(b->suite);
    suite_apply_tenant(b->suite);
}

/* A broker with the topics of a hundred runs is another one than at the first. */
static void delete_topics(struct bench *b)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_DeleteTopic_t *list[16];
    rd_kafka_queue_t *answers;
    char name[256], why[256];
    rd_kafka_event_t *e;
    rd_kafka_t *rk;
    size_t n = 0;

    if (rd_kafka_conf_set(conf, "bootstrap.servers", b->kafka.brokers, why, sizeof why) != RD_KAFKA_CONF_OK)
        give_up("kafka", why);
    rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (!rk)
        give_up("kafka", why);
    for (; topics[n].name && n < 16; n++) {
        snprintf(name, sizeof name, "%s%s", b->kafka.topic_prefix, topics[n].name);
        list[n] = rd_kafka_DeleteTopic_new(name);
    }
    answers = rd_kafka_queue_new(rk);
    rd_kafka_DeleteTopics(rk, list, n, NULL, answers);
    e = rd_kafka_queue_poll(answers, 10000);
    if (!e || rd_kafka_event_error(e))
        fprintf(stderr, "bench: topics were not deleted\n");
    if (e)
        rd_kafka_event_destroy(e);
    rd_kafka_DeleteTopic_destroy_array(list, n);
    rd_kafka_queue_destroy(answers);
    rd_kafka_destroy(rk);
}

void bench_close(struct bench *b)
{
    struct suite *s = b->suite;

    for (int i = 0; i < METER_POSTGRES; i++)
        if (b->processes.pid[i])
            suite_signal(s, b->processes.pid[i], SIGTERM);
    delete_topics(b);
    suite_free(s);
    b->suite = NULL;
}

struct pg_conn *bench_connect(struct bench *b, const char *name)
{
    struct pg_conn *c = pg_new(&(struct pg_options){ .uri = suite_uri(b->suite),
                                                     .name = name,
                                                     .connect_timeout_ms = 10000,
                                                     .statement_timeout_ms = 60000,
                                                     .idle_in_transaction_timeout_ms = 3600000,
                                                     .lock_timeout_ms = 10000 });

    if (pg_connect(c) < 0)
        give_up(name, err_text());
    return c;
}

/* ---- processes ---- */

static void wait_for_floor(struct bench *b, const char *program, pid_t pid)
{
    int64_t end_us = clock_mono_us() + READY_SECONDS * INT64_C(1000000);

    for (;;) {
        char *log = suite_log(b->suite, program, "1");
        bool ready = strstr(log, "ready\n") != NULL;

        if (!ready && (!suite_alive(b->suite, pid) || clock_mono_us() > end_us))
            give_up(program, log);
        free(log);
        if (ready)
            return;
        clock_sleep_us(2000);
    }
}

static int64_t start_floor(struct bench *b, enum meter_role role, const char *program)
{
    char pg[600], brokers[300], prefix[200];
    const char *env[] = { pg, brokers, prefix, NULL };
    int64_t began_us = clock_mono_us();
    pid_t pid;

    snprintf(pg, sizeof pg, "FLOOR_PG=%s", suite_uri(b->suite));
    snprintf(brokers, sizeof brokers, "FLOOR_BROKERS=%s", b->kafka.brokers);
    snprintf(prefix, sizeof prefix, "FLOOR_PREFIX=%s", b->kafka.topic_prefix);
    pid = suite_start_program(b->suite, must_env("REDRESS_TEST_BIN"), program, "1", env);
    wait_for_floor(b, program, pid);
    b->processes.pid[role] = pid;
    return clock_mono_us() - began_us;
}

static int64_t start_ours(struct bench *b, enum meter_role role, const char *daemon)
{
    /* a held daemon must not lose its place: that is not what is measured */
    const char *env[] = { "REDRESS_RELAY_IDLE_SESSION_MS=600000", "REDRESS_KAFKA_SESSION_TIMEOUT_MS=300000",
                          "REDRESS_KAFKA_MAX_POLL_INTERVAL_MS=600000", NULL };
    int64_t began_us = clock_mono_us(), end_us = began_us + READY_SECONDS * INT64_C(1000000);
    pid_t pid = suite_start(b->suite, daemon, "1", env);
    char program[64];

    snprintf(program, sizeof program, "redress-%s", daemon);
    while (!strstr(suite_get(b->suite, pid, "/readyz"), " 200 ")) {
        if (!suite_alive(b->suite, pid) || clock_mono_us() > end_us)
            give_up("not ready", suite_log(b->suite, program, "1"));
        clock_sleep_us(2000);
    }
    b->processes.pid[role] = pid;
    return clock_mono_us() - began_us;
}

int64_t bench_start_intake(struct bench *b)
{
    return b->variant == BENCH_FLOOR ? start_floor(b, METER_INTAKE, "floor_intake")
                                     : start_ours(b, METER_INTAKE, "intake");
}

int64_t bench_start_relay(struct bench *b)
{
    return b->variant == BENCH_FLOOR ? start_floor(b, METER_RELAY, "floor_relay") : start_ours(b, METER_RELAY, "relay");
}

int64_t bench_start_dispatch(struct bench *b)
{
    return b->variant == BENCH_FLOOR ? start_floor(b, METER_DISPATCH, "floor_life")
                                     : start_ours(b, METER_DISPATCH, "dispatch");
}

int64_t bench_start_watchdog(struct bench *b)
{
    return b->variant == BENCH_FLOOR ? start_floor(b, METER_WATCHDOG, "floor_watchdog")
                                     : start_ours(b, METER_WATCHDOG, "watchdog");
}

int64_t bench_start_notification(struct bench *b)
{
    return b->variant == BENCH_FLOOR ? start_floor(b, METER_NOTIFICATION, "floor_notify")
                                     : start_ours(b, METER_NOTIFICATION, "notification");
}

void bench_hold(struct bench *b, enum meter_role role)
{
    suite_signal(b->suite, b->processes.pid[role], SIGSTOP);
}

void bench_release(struct bench *b, enum meter_role role)
{
    suite_signal(b->suite, b->processes.pid[role], SIGCONT);
}

/* ---- measuring ---- */

void bench_read(struct bench *b, struct meter *ret)
{
    meter_read(&b->processes, suite_pg(b->suite), ret);
}

void bench_settle(struct bench *b)
{
    suite_execute(b->suite, "CHECKPOINT");
}

void bench_expect(struct bench *b, const char *what, int64_t found, int64_t wanted)
{
    if (found == wanted)
        return;
    fprintf(stderr, "bench: %s: %lld instead of %lld\n", what, (long long)found, (long long)wanted);
    b->problems++;
}

static int compare(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;

    return (a > b) - (a < b);
}

static double percentile(const double *sorted, size_t count, double share)
{
    return sorted[(size_t)(share * (double)(count - 1) + 0.5)];
}

static void print_latency(const struct bench_latency *l)
{
    if (l->count == 0)
        return;
    qsort(l->ms, l->count, sizeof *l->ms, compare);
    printf(", \"%s_p50_ms\": %.3f, \"%s_p99_ms\": %.3f, \"%s_max_ms\": %.3f", l->name, percentile(l->ms, l->count, 0.5),
           l->name, percentile(l->ms, l->count, 0.99), l->name, l->ms[l->count - 1]);
}

/* Daemons and PostgreSQL: Kafka and the harness are not ours. */
static double cpu_us(const struct meter *cost)
{
    double us = 0;

    for (int i = 0; i < METER_ROLES; i++)
        if (i != METER_KAFKA && i != METER_HARNESS)
            us += (double)cost->cpu_ns[i] / 1e3;
    return us;
}

void bench_also(struct bench *b, const char *name, const struct meter *cost, int64_t operations)
{
    size_t len = strlen(b->also);
    double n = (double)operations;

    snprintf(b->also + len, sizeof b->also - len,
             ", \"%s_per_second\": %.1f, \"%s_cpu_us\": %.3f, \"%s_wal_bytes\": %.1f", name,
             n / ((double)cost->at_us / 1e6), name, cpu_us(cost) / n, name, (double)cost->wal_bytes / n);
}

void bench_report(struct bench *b, const struct meter *cost, int64_t operations, const struct bench_latency *latencies,
                  size_t latency_count)
{
    double n = (double)operations, seconds = (double)cost->at_us / 1e6;
    int64_t ticks = cost->busy + cost->idle + cost->iowait + cost->steal;
    double all = ticks > 0 ? (double)ticks : 1;

    fputs("{", stdout);
    if (b->turn)
        printf("\"variant\": \"%s\", ", b->turn);
    printf("\"operations\": %lld, \"seconds\": %.4f, \"per_second\": %.1f, \"problems\": %lld", (long long)operations,
           seconds, n / seconds, (long long)b->problems);
    for (int i = 0; i < METER_ROLES; i++)
        if (b->processes.pid[i])
            printf(", \"%s_us\": %.3f", meter_role_names[i], (double)cost->cpu_ns[i] / 1e3 / n);
    printf(", \"cpu_us\": %.3f, \"wal_bytes\": %.1f%s", cpu_us(cost) / n, (double)cost->wal_bytes / n, b->also);
    b->also[0] = '\0';
    printf(", \"busy_pct\": %.1f, \"iowait_pct\": %.1f, \"steal_pct\": %.1f", 100 * (double)cost->busy / all,
           100 * (double)cost->iowait / all, 100 * (double)cost->steal / all);
    for (size_t i = 0; i < latency_count; i++)
        print_latency(&latencies[i]);
    printf("}\n");
}
