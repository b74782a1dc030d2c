/* timeout: 300
 * The runtime's promises, with a daemon whose records say what shall happen to it (probe_daemon.c). No relay runs: what
 * leaves is looked up in the journal. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/topic.h"
#include "common/kafka/producer.h"
#include "tests/support/suite.h"

#define ANSWERS "SELECT count(*) FROM journal.entry WHERE topic = 'redress.outcomes.v1'"
#define DEAD    "SELECT count(*) FROM intake.dead_letter"
#define OFFSETS "SELECT coalesce(sum(next_offset), 0)::int8 FROM intake.consumer"

struct sender {
    struct kafka_producer *producer;
    int sent;
};

static void send_bytes(struct sender *s, int partition, const void *value, size_t len)
{
    struct kafka_message m = {
        .topic = TOPIC_SUBMISSIONS, .partition = partition, .key = "k", .key_len = 1, .value = value, .value_len = len
    };

    cr_assert_eq(kafka_produce(s->producer, &m), 0, "%s", err_text());
    s->sent++;
}

static void send_command(struct sender *s, int partition, const char *command)
{
    char json[512];
    int n = snprintf(json, sizeof json,
                     "{\"tenant\":\"demo\",\"source\":\"test\",\"sourceEventId\":\"e-%d\",\"description\":\"%s\"}",
                     s->sent, command);

    send_bytes(s, partition, json, (size_t)n);
}

static struct sender sender_new(struct suite *s)
{
    struct kafka_options o = suite_kafka(s);
    struct sender sender = { 0 };

    cr_assert_eq(kafka_producer_new(&o,
                                    &(struct kafka_producer_spec){ .timeout_ms = 20000, .max_record_bytes = 16 << 20 },
                                    &sender.producer),
                 0);
    return sender;
}

static void flush(struct sender *s)
{
    cr_assert_eq(kafka_producer_flush(s->producer, 20000), 0, "%s", err_text());
}

/* The relay opens the epoch; here nobody else does. */
static struct suite *probe_suite(const char *name)
{
    struct suite *s = suite_new(name);

    suite_execute(s, "UPDATE journal.cursor SET epoch = journal.current_epoch()");
    return s;
}

static pid_t start_with(struct suite *s, const char *instance, const char *const *env)
{
    const char *all[8] = { "REDRESS_POSTGRES_ROLE=none" };

    for (int n = 1; *env && n < 7; n++)
        all[n] = *env++;
    return suite_start_program(s, getenv("REDRESS_TEST_BIN"), "probe_daemon", instance, all);
}

static pid_t start(struct suite *s, const char *instance)
{
    return start_with(s, instance, (const char *[]){ NULL });
}

Test(runtime, answers_each_record_once_and_moves_its_offset)
{
    struct suite *s = probe_suite("rt_once");
    struct sender out = sender_new(s);
    pid_t pid = start(s, "1");

    for (int i = 0; i < 2000; i++)
        send_command(&out, i % 4, "answer");
    flush(&out);
    cr_assert(suite_wait_number(s, ANSWERS, 2000, 30));
    cr_assert(suite_wait_number(s, OFFSETS, 2000, 5));
    cr_assert_eq(suite_number(s, "SELECT count(DISTINCT key) FROM journal.entry"), 2000);
    cr_assert(strstr(suite_get(s, pid, "/readyz"), "ready"));
    cr_assert(strstr(suite_get(s, pid, "/metrics"), "redress_records_total{topic=\"redress.submissions.v1\"} 2000"));
    kafka_producer_free(out.producer);
    suite_free(s);
}

Test(runtime, one_broken_record_in_a_batch_costs_only_itself)
{
    struct suite *s = probe_suite("rt_broken");
    struct sender out = sender_new(s);

    for (int i = 0; i < 1000; i++)
        if (i == 500)
            send_bytes(&out, 0, "\xff\xff\xff", 3);
        else
            send_command(&out, 0, "answer");
    flush(&out);
    start(s, "1");
    cr_assert(suite_wait_number(s, ANSWERS, 999, 30));
    cr_assert_eq(suite_number(s, DEAD), 1);
    cr_assert_eq(suite_number(s, "SELECT record_offset FROM intake.dead_letter WHERE reason = 'undecodable'"), 500);
    cr_assert(suite_wait_number(s, OFFSETS, 1000, 5));
    kafka_producer_free(out.producer);
    suite_free(s);
}

Test(runtime, a_record_that_always_fails_is_found_by_halving)
{
    struct suite *s = probe_suite("rt_poison");
    struct sender out = sender_new(s);

    for (int i = 0; i < 100; i++)
        send_command(&out, 0, i == 37 ? "poison" : "answer");
    flush(&out);
    start(s, "1");
    cr_assert(suite_wait_number(s, ANSWERS, 99, 30));
    cr_assert_eq(suite_number(s, "SELECT record_offset FROM intake.dead_letter WHERE reason = 'refused'"), 37);
    cr_assert_eq(suite_number(s, DEAD " WHERE message LIKE '%poison' AND message NOT LIKE '%13800138000%'"), 1);
    cr_assert(suite_wait_number(s, OFFSETS, 100, 5));
    kafka_producer_free(out.producer);
    suite_free(s);
}

Test(runtime, what_may_succeed_later_is_tried_again)
{
    struct suite *s = probe_suite("rt_retry");
    struct sender out = sender_new(s);

    send_command(&out, 0, "answer");
    send_command(&out, 0, "retry 3");
    send_command(&out, 0, "answer");
    flush(&out);
    start(s, "1");
    cr_assert(suite_wait_number(s, ANSWERS, 3, 30));
    cr_assert_eq(suite_number(s, DEAD), 0);
    kafka_producer_free(out.producer);
    suite_free(s);
}

Test(runtime, a_record_that_ends_the_process_is_set_aside_after_three_attempts)
{
    struct suite *s = probe_suite("rt_crash");
    struct sender out = sender_new(s);
    int starts = 0;

    for (int i = 0; i < 20; i++)
        send_command(&out, 0, i == 7 ? "crash" : "answer");
    flush(&out);
    while (starts < 12 && suite_number(s, ANSWERS) < 19) {
        pid_t pid = start(s, "1");
        starts++;
        for (int i = 0; i < 800 && suite_alive(s, pid) && suite_number(s, ANSWERS) < 19; i++)
            clock_sleep_us(20000);
    }
    cr_assert(suite_wait_number(s, ANSWERS, 19, 5));
    cr_assert_eq(suite_number(s, "SELECT record_offset FROM intake.dead_letter WHERE reason = 'crashed'"), 7);
    cr_assert_leq(starts, 6, "it took %d starts", starts);
    kafka_producer_free(out.producer);
    suite_free(s);
}

Test(runtime, killed_at_any_time_nothing_is_lost_or_done_twice)
{
    struct suite *s = probe_suite("rt_kill");
    struct sender out = sender_new(s);
    unsigned seed = (unsigned)clock_wall_us();

    fprintf(stderr, "seed %u\n", seed);
    for (int i = 0; i < 20000; i++)
        send_command(&out, i % 4, "answer");
    flush(&out);
    for (int round = 0; round < 8; round++) {
        pid_t pid = start(s, "1");
        int64_t before = suite_number(s, ANSWERS);

        for (int i = 0; i < 1000 && suite_number(s, ANSWERS) == before; i++)
            clock_sleep_us(5000);
        clock_sleep_us(rand_r(&seed) % 60000);
        suite_signal(s, pid, SIGKILL);
    }
    start(s, "1");
    cr_assert(suite_wait_number(s, ANSWERS, 20000, 60));
    cr_assert(suite_wait_number(s, OFFSETS, 20000, 5));
    cr_assert_eq(suite_number(s, "SELECT count(DISTINCT key) FROM journal.entry"), 20000);
    cr_assert_eq(suite_number(s, DEAD), 0);
    kafka_producer_free(out.producer);
    suite_free(s);
}

Test(runtime, backends_ended_by_the_server_cost_nothing)
{
    struct suite *s = probe_suite("rt_backend");
    struct sender out = sender_new(s);

    start(s, "1");
    for (int i = 0; i < 10000; i++) {
        send_command(&out, i % 4, "answer");
        if (i % 1000 == 999) {
            flush(&out);
            clock_sleep_us(30000);
            suite_number(s, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                            " WHERE application_name LIKE 'redress-intake%' AND datname = current_database()");
        }
    }
    flush(&out);
    cr_assert(suite_wait_number(s, ANSWERS, 10000, 60));
    cr_assert_eq(suite_number(s, "SELECT count(DISTINCT key) FROM journal.entry"), 10000);
    cr_assert(suite_wait_number(s, OFFSETS, 10000, 5));
    kafka_producer_free(out.producer);
    suite_free(s);
}

Test(runtime, what_was_read_just_before_an_outage_is_not_forgotten)
{
    struct suite *s = probe_suite("rt_outage");
    struct sender out = sender_new(s);
    pid_t pid = start(s, "1");

    cr_assert(suite_wait_ready(s, pid, 30));
    for (int round = 0; round < 3; round++) {
        suite_database_closed(s, true);
        for (int i = 0; i < 100; i++)
            send_command(&out, i % 4, "answer");
        flush(&out);
        clock_sleep_us(700000); /* nothing follows these records: they must not wait for any that do */
        suite_database_closed(s, false);
        cr_assert(suite_wait_number(s, ANSWERS, (round + 1) * 100, 20));
    }
    cr_assert(suite_wait_number(s, OFFSETS, 300, 5));
    kafka_producer_free(out.producer);
    suite_free(s);
}

Test(runtime, an_idle_daemon_notices_that_postgresql_is_away)
{
    struct suite *s = probe_suite("rt_idle");
    pid_t pid = start(s, "1");

    cr_assert(suite_wait_ready(s, pid, 30));
    suite_database_closed(s, true);
    for (int i = 0; i < 150 && !strstr(suite_get(s, pid, "/readyz"), "not ready"); i++)
        clock_sleep_us(100000);
    cr_expect(strstr(suite_get(s, pid, "/readyz"), "postgres: cannot connect"), "%s", suite_get(s, pid, "/readyz"));
    suite_database_closed(s, false);
    cr_expect(suite_wait_ready(s, pid, 20));
    suite_free(s);
}

Test(runtime, two_instances_share_the_partitions)
{
    struct suite *s = probe_suite("rt_two");
    struct sender out = sender_new(s);
    pid_t first = start(s, "1");

    cr_assert(suite_wait_ready(s, first, 30));
    for (int i = 0; i < 4000; i++)
        send_command(&out, i % 4, "answer");
    flush(&out);
    start(s, "2");
    for (int i = 0; i < 4000; i++)
        send_command(&out, i % 4, "answer");
    flush(&out);
    suite_signal(s, first, SIGKILL);
    for (int i = 0; i < 2000; i++)
        send_command(&out, i % 4, "answer");
    flush(&out);
    cr_assert(suite_wait_number(s, ANSWERS, 10000, 60));
    cr_assert_eq(suite_number(s, "SELECT count(DISTINCT key) FROM journal.entry"), 10000);
    kafka_producer_free(out.producer);
    suite_free(s);
}

Test(runtime, told_to_stop_it_finishes_its_batch)
{
    struct suite *s = probe_suite("rt_stop");
    struct sender out = sender_new(s);
    pid_t pid = start(s, "1");
    int status;

    for (int i = 0; i < 5000; i++)
        send_command(&out, i % 4, "answer");
    flush(&out);
    cr_assert(suite_wait_ready(s, pid, 30));
    status = suite_signal(s, pid, SIGTERM);
    cr_assert_eq(status, 0, "it ended with %d", status);
    cr_assert_eq(suite_number(s, OFFSETS), suite_number(s, ANSWERS));
    kafka_producer_free(out.producer);
    suite_free(s);
}

Test(runtime, a_record_of_ten_megabytes_is_set_aside)
{
    struct suite *s = probe_suite("rt_large");
    struct sender out = sender_new(s);
    size_t len = (size_t)10 << 20;
    char *large = calloc(len, 1);

    cr_assert(large);
    send_command(&out, 0, "answer");
    send_bytes(&out, 0, large, len);
    send_bytes(&out, 0, "", 0);
    send_command(&out, 0, "answer");
    flush(&out);
    start(s, "1");
    cr_assert(suite_wait_number(s, ANSWERS, 2, 30));
    cr_assert_eq(suite_number(s, "SELECT count(*) FROM intake.dead_letter WHERE reason = 'too_large'"), 1);
    cr_assert_eq(suite_number(s, "SELECT count(*) FROM intake.dead_letter WHERE reason = 'empty'"), 1);
    free(large);
    kafka_producer_free(out.producer);
    suite_free(s);
}

/* ---- timers ---- */

static int64_t ticks(struct suite *s, pid_t pid)
{
    static const char name[] = "\nredress_timer_runs_total{timer=\"tick\"} ";
    const char *at = strstr(suite_get(s, pid, "/metrics"), name);

    return at ? strtoll(at + sizeof name - 1, NULL, 10) : 0;
}

static void goes_on_ticking(struct suite *s, pid_t pid, int64_t at_least)
{
    int64_t before = ticks(s, pid), after;

    clock_sleep_us(3000000);
    after = ticks(s, pid);
    cr_expect_geq(after - before, at_least, "the timer ran %lld times in 3 s", (long long)(after - before));
}

Test(runtime, timers_run_while_a_batch_waits_for_its_next_attempt)
{
    struct suite *s = probe_suite("rt_timers");
    struct sender out = sender_new(s);
    pid_t pid = start_with(s, "1", (const char *[]){ "PROBE_TIMERS=1", "PROBE_BROKEN=retry", NULL });

    send_command(&out, 0, "answer");
    flush(&out);
    cr_assert(suite_wait_number(s, ANSWERS, 1, 30));
    send_command(&out, 0, "broken");
    flush(&out);
    for (int i = 0; i < 500 && !strstr(suite_get(s, pid, "/readyz"), "batch: broken"); i++)
        clock_sleep_us(20000);
    clock_sleep_us(2000000); /* its pauses have become long */
    cr_assert(strstr(suite_get(s, pid, "/readyz"), "batch: broken"), "%s", suite_get(s, pid, "/readyz"));
    goes_on_ticking(s, pid, 20);
    kafka_producer_free(out.producer);
    suite_free(s);
}

Test(runtime, a_timer_that_fails_keeps_neither_the_others_nor_the_records_waiting)
{
    struct suite *s = probe_suite("rt_stumble");
    struct sender out = sender_new(s);
    pid_t pid = start_with(s, "1", (const char *[]){ "PROBE_TIMERS=1", NULL });

    cr_assert(suite_wait_ready(s, pid, 30));
    clock_sleep_us(3000000); /* the pauses of the one that fails have become long */
    goes_on_ticking(s, pid, 20);
    for (int i = 0; i < 30; i++) {
        int64_t began_us = clock_mono_us(), ms;

        send_command(&out, 0, "answer");
        flush(&out);
        cr_assert(suite_wait_number(s, ANSWERS, i + 1, 10));
        ms = (clock_mono_us() - began_us) / 1000;
        cr_expect(i == 0 || ms < 500, "answer %d took %lld ms", i, (long long)ms); /* the first one waits for Kafka */
    }
    kafka_producer_free(out.producer);
    suite_free(s);
}

Test(runtime, timers_run_while_kafka_is_away)
{
    struct suite *s = probe_suite("rt_no_kafka");
    pid_t pid = start_with(s, "1", (const char *[]){ "PROBE_TIMERS=1", "REDRESS_KAFKA=127.0.0.1:1", NULL });

    for (int i = 0; i < 1000 && !strstr(suite_get(s, pid, "/readyz"), "no answer from 127.0.0.1:1"); i++)
        clock_sleep_us(20000);
    cr_assert(strstr(suite_get(s, pid, "/readyz"), "no answer from 127.0.0.1:1"));
    for (int i = 0; i < 1000 && ticks(s, pid) == 0; i++)
        clock_sleep_us(20000);
    cr_expect_gt(ticks(s, pid), 0);
    suite_free(s);
}
