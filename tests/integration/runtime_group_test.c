/* timeout: 300
 * The runtime among others: transactional senders, more instances than partitions, ends of all kinds that must not be
 * taken for a record's fault, changes of the group while PostgreSQL is away. The daemon is probe_daemon.c. */
#include <criterion/criterion.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/event/topic.h"
#include "tests/support/suite.h"

#define ANSWERS "SELECT count(DISTINCT key) FROM journal.entry WHERE topic = 'redress.outcomes.v1'"
#define TWICE   "SELECT count(*) - count(DISTINCT key) FROM journal.entry WHERE topic = 'redress.outcomes.v1'"
#define DEAD    "SELECT count(*) FROM intake.dead_letter"

struct sender {
    rd_kafka_t *rk;
    char topic[256];
    int sent;
};

static struct sender sender_new(struct suite *s, const char *transactional_id)
{
    struct kafka_options o = suite_kafka(s);
    struct sender sender = { 0 };
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char why[256];

    rd_kafka_conf_set(conf, "bootstrap.servers", o.brokers, NULL, 0);
    if (transactional_id)
        rd_kafka_conf_set(conf, "transactional.id", transactional_id, NULL, 0);
    snprintf(sender.topic, sizeof sender.topic, "%s%s", o.topic_prefix, TOPIC_SUBMISSIONS);
    sender.rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    cr_assert(sender.rk, "%s", why);
    return sender;
}

static void send_command(struct sender *s, int partition, const char *command)
{
    char json[512];
    int n = snprintf(json, sizeof json,
                     "{\"tenant\":\"demo\",\"source\":\"test\",\"sourceEventId\":\"e-%d\",\"description\":\"%s\"}",
                     s->sent++, command);

    cr_assert_eq(rd_kafka_producev(s->rk, RD_KAFKA_V_TOPIC(s->topic), RD_KAFKA_V_PARTITION(partition),
                                   RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_VALUE(json, (size_t)n),
                                   RD_KAFKA_V_END),
                 0);
}

static void flush(struct sender *s)
{
    cr_assert_eq(rd_kafka_flush(s->rk, 20000), 0);
}

static void ok(rd_kafka_error_t *e)
{
    cr_assert_null(e, "%s", rd_kafka_error_string(e));
}

/* The relay opens the epoch; here nobody else does. */
static struct suite *probe_suite(const char *name)
{
    struct suite *s = suite_new(name);

    suite_execute(s, "UPDATE journal.cursor SET epoch = journal.current_epoch()");
    return s;
}

static pid_t start(struct suite *s, const char *instance, const char *env)
{
    return suite_start_program(s, getenv("REDRESS_TEST_BIN"), "probe_daemon", instance,
                               (const char *[]){ "REDRESS_POSTGRES_ROLE=none", env, NULL });
}

static void wait_for_end(struct suite *s, pid_t pid, int seconds)
{
    for (int i = 0; i < seconds * 50 && suite_alive(s, pid); i++)
        clock_sleep_us(20000);
}

/* Markers of transactions and what was aborted take offsets and are never delivered: holes of one and of several. */
Test(group, holes_of_transactional_senders_are_no_loss)
{
    struct suite *s = probe_suite("rg_holes");
    struct sender out = sender_new(s, "rg_holes");
    int committed = 0;

    ok(rd_kafka_init_transactions(out.rk, 20000));
    for (int round = 0; round < 30; round++) {
        ok(rd_kafka_begin_transaction(out.rk));
        for (int i = 0; i < 10; i++)
            send_command(&out, i % 2, "answer");
        flush(&out);
        if (round % 3 == 1) {
            ok(rd_kafka_abort_transaction(out.rk, 20000));
            continue;
        }
        ok(rd_kafka_commit_transaction(out.rk, 20000));
        committed += 10;
    }
    start(s, "1", NULL);
    cr_assert(suite_wait_number(s, ANSWERS, committed, 30));
    cr_assert_eq(suite_number(s, TWICE), 0);
    cr_assert_eq(suite_number(s, DEAD), 0);
    rd_kafka_destroy(out.rk);
    suite_free(s);
}

Test(group, an_instance_without_partitions_takes_over)
{
    struct suite *s = probe_suite("rg_spare");
    struct sender out = sender_new(s, NULL);
    pid_t pids[5];
    char instance[2] = "1";

    for (int i = 0; i < 5; i++, instance[0]++)
        pids[i] = start(s, instance, NULL);
    for (int i = 0; i < 5; i++)
        cr_assert(suite_wait_ready(s, pids[i], 30), "instance %d", i + 1);
    clock_sleep_us(3000000);
    for (int i = 0; i < 4; i++)
        suite_signal(s, pids[i], SIGKILL);
    for (int i = 0; i < 400; i++)
        send_command(&out, i % 4, "answer");
    flush(&out);
    cr_assert(suite_wait_number(s, ANSWERS, 400, 30));
    rd_kafka_destroy(out.rk);
    suite_free(s);
}

Test(group, a_record_that_ends_the_process_condemns_no_other)
{
    struct suite *s = probe_suite("rg_guilt");
    struct sender out = sender_new(s, NULL);
    int starts = 0;

    for (int i = 0; i < 40; i++)
        send_command(&out, i % 4, i == 2 || i == 21 ? "crash" : "answer");
    flush(&out);
    for (; starts < 12 && suite_number(s, ANSWERS) < 38; starts++) {
        pid_t pid = start(s, "1", NULL);

        for (int i = 0; i < 800 && suite_alive(s, pid) && suite_number(s, ANSWERS) < 38; i++)
            clock_sleep_us(20000);
    }
    cr_expect(suite_wait_number(s, ANSWERS, 38, 5));
    cr_expect_eq(suite_number(s, DEAD), 2, "%d starts, %lld dead letters", starts, (long long)suite_number(s, DEAD));
    rd_kafka_destroy(out.rk);
    suite_free(s);
}

/* Whether /readyz comes to name the batch as what is waited for. */
static bool waits_with_its_batch(struct suite *s, pid_t pid)
{
    for (int i = 0; i < 1500; i++) {
        if (strstr(suite_get(s, pid, "/readyz"), "batch: broken"))
            return true;
        clock_sleep_us(20000);
    }
    return false;
}

Test(group, ends_that_are_no_crashes_are_not_counted)
{
    struct suite *s = probe_suite("rg_ends");
    struct sender out = sender_new(s, NULL);

    for (int i = 0; i < 8; i++)
        send_command(&out, i % 4, "broken");
    flush(&out);
    for (int i = 0; i < 5; i++)
        wait_for_end(s, start(s, "1", "PROBE_BROKEN=fatal"), 30);
    for (int i = 0; i < 5; i++) {
        pid_t pid = start(s, "1", "PROBE_BROKEN=retry");

        cr_assert(waits_with_its_batch(s, pid));
        clock_sleep_us(500000);
        suite_signal(s, pid, SIGTERM);
    }
    cr_expect_eq(suite_number(s, "SELECT max(attempts) FROM intake.consumer"), 0);
    start(s, "1", NULL);
    cr_assert(suite_wait_number(s, ANSWERS, 8, 30));
    cr_assert_eq(suite_number(s, DEAD), 0);
    rd_kafka_destroy(out.rk);
    suite_free(s);
}

/* Two share the partitions; PostgreSQL goes away; one dies: the other is given all while it can load no offset. */
static pid_t given_all_while_postgres_is_away(struct suite *s)
{
    pid_t first = start(s, "1", NULL), second = start(s, "2", NULL);
    struct sender out = sender_new(s, NULL);

    cr_assert(suite_wait_ready(s, first, 30));
    cr_assert(suite_wait_ready(s, second, 30));
    clock_sleep_us(3000000); /* the group settles */
    suite_database_closed(s, true);
    for (int i = 0; i < 100; i++)
        send_command(&out, i % 4, "answer");
    flush(&out);
    rd_kafka_destroy(out.rk);
    suite_signal(s, second, SIGKILL);
    clock_sleep_us(10000000); /* longer than the session */
    return first;
}

Test(group, given_partitions_while_postgres_is_away_it_reads_them_later)
{
    struct suite *s = probe_suite("rg_away");

    given_all_while_postgres_is_away(s);
    suite_database_closed(s, false);
    cr_assert(suite_wait_number(s, ANSWERS, 100, 40));
    suite_free(s);
}

Test(group, told_to_stop_while_postgres_is_away_it_ends)
{
    struct suite *s = probe_suite("rg_close");
    pid_t pid = given_all_while_postgres_is_away(s);
    int64_t began_us = clock_mono_us();
    int status = suite_signal(s, pid, SIGTERM);
    char *log = suite_log(s, "probe_daemon", "1");
    int tries = 0;

    cr_assert_eq(status, 0, "it ended with %d", status);
    cr_assert_lt(clock_mono_us() - began_us, 13000000);
    for (const char *p = log; (p = strstr(p, "will try again")); p++)
        tries++;
    cr_assert_lt(tries, 200, "it tried %d times", tries);
    free(log);
    suite_database_closed(s, false);
    suite_free(s);
}
