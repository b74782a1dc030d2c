/* Rows 3, 4, 6, 10, 15 and 22 of guarantees.md on private servers: whoever is killed, the journal and Kafka hold the
 * same events, in order per key. timeout: 900 alone */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/topic.h"
#include "common/journal/journal.h"
#include "tests/support/private_servers.h"
#include "tests/support/relay_suite.h"

static const struct load_spec steady = { .writers = 4,
                                         .keys = 500,
                                         .per_batch = 50,
                                         .payload = 300,
                                         .abort_one_in = 30,
                                         .stall_one_in = 40,
                                         .stall_ms = 40,
                                         .pause_us = 3000,
                                         .events = INT64_MAX };

static struct load *start_load(struct suite *s, struct load_spec spec)
{
    spec.uri = suite_uri(s);
    spec.seed = relay_test_seed();
    return load_start(&spec);
}

static int random_ms(int below)
{
    static unsigned seed;

    if (!seed)
        seed = (unsigned)relay_test_seed();
    return rand_r(&seed) % below;
}

Test(relay_faults, kill_9_of_the_relay_in_a_loop, .timeout = 300)
{
    struct suite *s = suite_new("relay_kill");
    int rounds = (int)relay_test_events(40);
    size_t repeats = 0;
    struct load *l;

    srand(relay_test_seed());
    load_prepare(suite_pg(s), steady.keys);
    l = start_load(s, steady);
    for (int i = 0; i < rounds; i++) {
        pid_t relay = suite_start(s, "relay", "a", NULL);

        /* Short lives end while the tails are read, longer ones between a produce and its acknowledgement. */
        relay_sleep_ms(20 + random_ms(700));
        suite_signal(s, relay, SIGKILL);
    }
    load_stop(l);
    (void)suite_start(s, "relay", "a", NULL);
    cr_assert_eq(relay_check(s, 60, &repeats), 0);
    fprintf(stderr, "relay_faults: %d kills, %zu repeats\n", rounds, repeats);
    suite_free(s);
}

/* Row 4. The setting is shorter than in production so that the test is, too. */
Test(relay_faults, a_stopped_relay_loses_its_place_and_wakes_harmlessly, .timeout = 300)
{
    static const char *const env[] = { "REDRESS_RELAY_IDLE_SESSION_MS=1000", NULL };
    struct suite *s = suite_new("relay_stopped");
    size_t repeats = 0;
    struct load *l;
    pid_t a, b;

    srand(relay_test_seed());
    load_prepare(suite_pg(s), steady.keys);
    a = suite_start(s, "relay", "a", env);
    cr_assert(suite_wait_ready(s, a, 20));
    b = suite_start(s, "relay", "b", env);
    cr_assert(suite_wait_ready(s, b, 20));
    l = start_load(s, steady);
    for (int i = 0; i < 3; i++) {
        pid_t first = i % 2 ? b : a, second = i % 2 ? a : b;
        bool taken = false;

        relay_sleep_ms(300 + random_ms(300));
        cr_assert(strstr(suite_get(s, first, "/metrics"), "\nredress_relay_leader 1"));
        suite_signal(s, first, SIGSTOP);
        for (int wait = 0; wait < 100 && !taken; wait++) {
            relay_sleep_ms(50);
            taken = strstr(suite_get(s, second, "/metrics"), "\nredress_relay_leader 1") != NULL;
        }
        cr_assert(taken, "the standby takes over within 5 s");
        relay_sleep_ms(random_ms(1000));
        suite_signal(s, first, SIGCONT);
        relay_sleep_ms(500);
        cr_assert(strstr(suite_get(s, first, "/metrics"), "\nredress_relay_leader 0"), "it knows that it lost");
    }
    load_stop(l);
    cr_assert_eq(relay_check(s, 60, &repeats), 0);
    fprintf(stderr, "relay_faults: %zu repeats\n", repeats);
    suite_free(s);
}

/* Row 6. */
Test(relay_faults, kill_9_of_postgresql_in_a_loop, .timeout = 300)
{
    int rounds = (int)relay_test_events(10);
    struct suite *s;
    struct load *l;
    pid_t relay;

    private_pg_start();
    s = suite_new("relay_pg_kill");
    srand(relay_test_seed());
    load_prepare(suite_pg(s), steady.keys);
    relay = suite_start(s, "relay", "a", NULL);
    cr_assert(suite_wait_ready(s, relay, 20));
    l = start_load(s, steady);
    for (int i = 0; i < rounds; i++) {
        relay_sleep_ms(300 + random_ms(1000));
        private_pg_kill();
        private_pg_start();
    }
    relay_sleep_ms(1000);
    load_stop(l);
    (void)pg_connect(suite_pg(s));
    cr_assert_eq(relay_check(s, 60, NULL), 0);
    suite_free(s);
    private_servers_stop();
}

/* Row 10. */
Test(relay_faults, kill_9_and_restart_of_the_broker_in_a_loop, .timeout = 400)
{
    int rounds = (int)relay_test_events(10) > 4 ? 5 : 2;
    struct suite *s;
    struct load *l;
    pid_t relay;

    private_kafka_start();
    s = suite_new("relay_kafka_kill");
    srand(relay_test_seed());
    load_prepare(suite_pg(s), steady.keys);
    relay = suite_start(s, "relay", "a", NULL);
    cr_assert(suite_wait_ready(s, relay, 20));
    l = start_load(s, steady);
    for (int i = 0; i < rounds; i++) {
        relay_sleep_ms(500 + random_ms(1500));
        private_kafka_kill();
        relay_sleep_ms(random_ms(1000));
        private_kafka_start();
    }
    relay_sleep_ms(2000);
    load_stop(l);
    cr_assert_eq(relay_check(s, 120, NULL), 0);
    cr_assert(suite_wait_ready(s, relay, 30));
    suite_free(s);
    private_servers_stop();
}

/* Row 15. The standby is a base backup that was taken under load and promoted: what came after it is lost there, but
 * not in Kafka. */
Test(relay_faults, fail_over_to_a_standby_that_lost_the_tail, .timeout = 200)
{
    struct suite *s;
    struct kafka_options k;
    struct oracle *o;
    struct load *l;
    pid_t relay;

    private_pg_start();
    s = suite_new("relay_fail_over");
    k = suite_kafka(s);
    load_prepare(suite_pg(s), steady.keys);
    relay = suite_start(s, "relay", "a", NULL);
    cr_assert(suite_wait_ready(s, relay, 20));
    l = start_load(s, steady);
    relay_sleep_ms(1000);
    private_pg_backup();
    relay_sleep_ms(1500);
    private_pg_kill();
    private_pg_promote_backup();
    relay_sleep_ms(2000);
    load_stop(l);
    (void)pg_connect(suite_pg(s));
    cr_assert(suite_wait_ready(s, relay, 30));
    cr_assert(relay_caught_up(s, 60));
    cr_assert_eq(suite_number(s, "SELECT count(*) FROM journal.epoch"), 2);

    cr_assert_eq(oracle_load(suite_pg(s), &k, &o), 0, "%s", err_text());
    cr_assert_gt(oracle_unknown(o), 0, "nothing was lost: the test shows nothing");
    cr_assert_eq(oracle_missing(o), 0);
    cr_assert_eq(oracle_differing(o), 0, "a number was given out twice");
    cr_assert_eq(oracle_versions(o), 0);
    cr_assert_eq(oracle_order(o), 0);
    cr_assert_eq(oracle_consumer(o), 0);
    cr_assert_eq(oracle_repeats(o), 0, "%zu were sent again", oracle_repeats(o));
    oracle_free(o);
    suite_free(s);
    private_servers_stop();
}

/* ---- row 22 ---- */

static void append(struct suite *s, const char *key, const void *payload, size_t len, size_t count)
{
    struct journal_entry e[200];
    struct arena a;
    int64_t batch, now_us = clock_wall_us();

    arena_init(&a, 0);
    for (size_t i = 0; i < count; i++) {
        e[i] = (struct journal_entry){ .topic = TOPIC_DEAD_LETTERS,
                                       .key = key,
                                       .tenant = "",
                                       .headers = "",
                                       .type = "redress.v1.DeadLetter",
                                       .payload = payload,
                                       .payload_len = len };
        journal_seal(&e[i], now_us, NULL);
    }
    cr_assert_eq(journal_append(suite_pg(s), &a, e, count, &batch), 0, "%s", err_text());
    arena_done(&a);
}

static bool says(struct suite *s, pid_t relay, const char *what)
{
    for (int i = 0; i < 200; i++) {
        if (strstr(suite_get(s, relay, "/readyz"), what))
            return true;
        relay_sleep_ms(50);
    }
    fprintf(stderr, "never said \"%s\": %s\n", what, suite_get(s, relay, "/readyz"));
    return false;
}

Test(relay_faults, a_produce_that_is_refused_for_ever, .timeout = 200)
{
    struct suite *s = suite_new("relay_refused");
    struct kafka_options k = suite_kafka(s);
    size_t large = 17000000; /* more than any broker or topic of ours takes */
    void *payload = calloc(1, large);
    struct oracle *o;
    int64_t bad_batch;
    pid_t relay;

    relay = suite_start(s, "relay", "a", NULL);
    cr_assert(suite_wait_ready(s, relay, 20));
    append(s, "k", payload, 100, 100);
    cr_assert(relay_caught_up(s, 10));
    /* All at once and of one key, so that they share the producer's requests with the one that is refused. */
    append(s, "k", payload, 100, 50);
    append(s, "k", payload, large, 1);
    append(s, "k", payload, 100, 200);
    bad_batch = suite_number(s, "SELECT batch FROM journal.entry WHERE length(payload) > 1000000");
    cr_assert(says(s, relay, "is refused by Kafka"));
    cr_assert(says(s, relay, "17000000 bytes"));
    cr_assert(says(s, relay, " 503 "));
    cr_assert(strstr(suite_get(s, relay, "/metrics"), "\nredress_relay_refused 1"));
    relay_sleep_ms(3000);
    cr_assert(suite_wait_ready(s, relay, 0) == false, "still refused after some attempts");

    cr_assert_eq(oracle_load(suite_pg(s), &k, &o), 0);
    cr_assert_eq(oracle_order(o), 0);
    cr_assert_eq(oracle_records(o), 150, "what comes before it is there, nothing after it is: %zu", oracle_records(o));
    oracle_free(o);
    cr_assert_eq(suite_number(s, "SELECT batch FROM journal.cursor"), bad_batch - 1);

    /* It keeps trying, and so does every relay that comes after it. For each of these the refused entry is the first
     * that its producer sends to the partition: the broker would take what follows, whatever its sequence number. */
    for (int i = 0; i < 5; i++) {
        char place[64];

        suite_signal(s, relay, SIGKILL);
        relay = suite_start(s, "relay", "b", NULL);
        cr_assert(says(s, relay, "is refused by Kafka"));
        snprintf(place, sizeof place, "batch %lld ord 1 (" TOPIC_DEAD_LETTERS, (long long)bad_batch);
        cr_assert(says(s, relay, place));
    }
    cr_assert_eq(oracle_load(suite_pg(s), &k, &o), 0);
    cr_assert_eq(oracle_records(o), 150, "%zu records", oracle_records(o));
    oracle_free(o);
    cr_assert_eq(suite_number(s, "SELECT batch FROM journal.cursor"), bad_batch - 1);
    free(payload);
    suite_free(s);
}
