/* The relay on a real PostgreSQL and a real Kafka: everything once, in order; who publishes; what holds it up. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/topic.h"
#include "common/journal/journal.h"
#include "tests/support/relay_suite.h"

static const struct load_spec few = {
    .writers = 2, .keys = 200, .per_batch = 20, .payload = 200, .pause_us = 2000, .events = INT64_MAX
};

static struct load *start_load(struct suite *s, struct load_spec spec)
{
    spec.uri = suite_uri(s);
    spec.seed = relay_test_seed();
    return load_start(&spec);
}

Test(relay, half_a_million_events_with_aborts_and_stalls, .timeout = 300)
{
    struct suite *s = suite_new("relay");
    int64_t events = relay_test_events(500000), start_us;
    size_t repeats = 1;
    struct load *l;
    pid_t relay;

    load_prepare(suite_pg(s), 5000);
    start_us = clock_mono_us();
    l = start_load(s, (struct load_spec){ .writers = 8,
                                          .keys = 5000,
                                          .per_batch = 250,
                                          .payload = 300,
                                          .events = events,
                                          .abort_one_in = 40,
                                          .stall_one_in = 50,
                                          .stall_ms = 30,
                                          .disconnect_one_in = 300 });
    relay_sleep_ms(300);
    cr_assert_eq(load_committed(l), 0, "nobody writes before an epoch is open");
    relay = suite_start(s, "relay", "a", NULL);
    cr_assert(suite_wait_ready(s, relay, 20));
    load_wait(l);
    cr_assert_eq(relay_check(s, 60, &repeats), 0);
    cr_assert_geq(load_expected(suite_pg(s)), events);
    cr_assert_eq(repeats, 0, "nothing failed, so nothing needed to be sent twice");
    fprintf(stderr, "relay: %lld events in %.1f s\n", (long long)load_expected(suite_pg(s)),
            (double)(clock_mono_us() - start_us) / 1e6);
    suite_free(s);
}

Test(relay, stops_cleanly_and_repeats_nothing, .timeout = 120)
{
    struct suite *s = suite_new("relay_stop");
    size_t repeats = 1;
    struct load *l;

    load_prepare(suite_pg(s), few.keys);
    l = start_load(s, few);
    for (int i = 0; i < 5; i++) {
        pid_t relay = suite_start(s, "relay", "a", NULL);

        cr_assert(suite_wait_ready(s, relay, 20));
        relay_sleep_ms(400);
        cr_assert_eq(suite_signal(s, relay, SIGTERM), 0, "a clean exit");
    }
    load_stop(l);
    (void)suite_start(s, "relay", "a", NULL);
    cr_assert_eq(relay_check(s, 30, &repeats), 0);
    cr_assert_eq(repeats, 0);
    suite_free(s);
}

Test(relay, two_relays_and_the_publishing_one_is_killed, .timeout = 120)
{
    struct suite *s = suite_new("relay_two");
    struct load *l;
    pid_t a, b;

    load_prepare(suite_pg(s), few.keys);
    a = suite_start(s, "relay", "a", NULL);
    cr_assert(suite_wait_ready(s, a, 20));
    l = start_load(s, few);
    b = suite_start(s, "relay", "b", NULL);
    cr_assert(suite_wait_ready(s, b, 20), "a standby is ready");
    relay_sleep_ms(500);
    cr_assert(strstr(suite_get(s, a, "/metrics"), "\nredress_relay_leader 1"));
    cr_assert(strstr(suite_get(s, b, "/metrics"), "\nredress_relay_leader 0"));
    suite_signal(s, a, SIGKILL);
    relay_sleep_ms(1500);
    cr_assert(strstr(suite_get(s, b, "/metrics"), "\nredress_relay_leader 1"), "the standby has taken over");
    relay_sleep_ms(500);
    load_stop(l);
    cr_assert_eq(relay_check(s, 30, NULL), 0);
    suite_free(s);
}

Test(relay, another_number_of_partitions_is_refused, .timeout = 120)
{
    struct suite *s = suite_new("relay_parts");
    struct load *l;
    pid_t relay;

    load_prepare(suite_pg(s), few.keys);
    suite_execute(s, "INSERT INTO journal.topic VALUES ('" TOPIC_COMPLAINTS "', 99)");
    relay = suite_start(s, "relay", "a", NULL);
    cr_assert(suite_wait_ready(s, relay, 20), "nothing to be published yet");
    l = start_load(s, few);
    for (int i = 0; i < 100 && !strstr(suite_get(s, relay, "/readyz"), "order per key would break"); i++)
        relay_sleep_ms(50);
    cr_assert(strstr(suite_get(s, relay, "/readyz"), "order per key would break"), "%s",
              suite_get(s, relay, "/readyz"));
    cr_assert(strstr(suite_get(s, relay, "/readyz"), " 503 "));
    suite_execute(s, "DELETE FROM journal.topic WHERE partitions = 99");
    cr_assert(suite_wait_ready(s, relay, 20), "goes on by itself");
    load_stop(l);
    cr_assert_eq(relay_check(s, 30, NULL), 0);
    suite_free(s);
}

static void append(struct suite *s, const char *topic, const char *key, const void *payload, size_t len)
{
    struct journal_entry e = { .topic = topic,
                               .key = key,
                               .tenant = "",
                               .type = "redress.v1.DeadLetter",
                               .headers = "",
                               .payload = payload,
                               .payload_len = len };
    struct arena a;
    int64_t batch;

    arena_init(&a, 0);
    journal_seal(&e, clock_wall_us(), NULL);
    cr_assert_eq(journal_append(suite_pg(s), &a, &e, 1, &batch), 0, "%s", err_text());
    arena_done(&a);
}

Test(relay, an_unknown_topic_holds_up_what_follows_and_says_so, .timeout = 120)
{
    struct suite *s = suite_new("relay_topic");
    pid_t relay = suite_start(s, "relay", "a", NULL);

    cr_assert(suite_wait_ready(s, relay, 20));
    append(s, TOPIC_DEAD_LETTERS, "k", "1", 1);
    cr_assert(relay_caught_up(s, 10));
    append(s, "redress.missing.v1", "k", "2", 1);
    append(s, TOPIC_DEAD_LETTERS, "k", "3", 1);
    for (int i = 0; i < 100 && !strstr(suite_get(s, relay, "/readyz"), "no such topic"); i++)
        relay_sleep_ms(50);
    cr_assert(strstr(suite_get(s, relay, "/readyz"), "redress.missing.v1"), "%s", suite_get(s, relay, "/readyz"));
    cr_assert_eq(suite_number(s, "SELECT ord FROM journal.cursor AS c WHERE NOT EXISTS (SELECT FROM journal.entry AS e"
                                 " WHERE e.topic = 'redress.missing.v1' AND e.batch <= c.batch)"),
                 1, "the cursor stands before it");
    suite_free(s);
}

/* A crash may lose moves of the cursor; the tails make up for them. */
Test(relay, a_cursor_that_fell_back_causes_no_repeats, .timeout = 120)
{
    struct suite *s = suite_new("relay_back");
    size_t repeats = 1;
    struct load *l;
    pid_t relay;

    load_prepare(suite_pg(s), few.keys);
    relay = suite_start(s, "relay", "a", NULL);
    l = start_load(s, few);
    relay_sleep_ms(1000);
    load_stop(l);
    cr_assert(relay_caught_up(s, 20));
    suite_signal(s, relay, SIGKILL);
    suite_execute(s, "UPDATE journal.cursor SET batch = 0, ord = 0");
    relay = suite_start(s, "relay", "a", NULL);
    cr_assert_eq(relay_check(s, 30, &repeats), 0);
    cr_assert_eq(repeats, 0);
    cr_assert_not(strstr(suite_get(s, relay, "/metrics"), "\nredress_relay_already_published_total 0\n"));
    suite_free(s);
}

/* Positions past the journal's end in its own epoch: somebody put back yesterday's data folder. */
Test(relay, a_database_that_was_set_back_is_noticed, .timeout = 120)
{
    struct suite *s = suite_new("relay_set_back");
    struct load *l;
    pid_t relay;

    load_prepare(suite_pg(s), few.keys);
    relay = suite_start(s, "relay", "a", NULL);
    l = start_load(s, few);
    relay_sleep_ms(1000);
    load_stop(l);
    cr_assert(relay_caught_up(s, 20));
    suite_signal(s, relay, SIGKILL);
    suite_execute(s, "SELECT setval('journal.batch_seq', 10)");
    relay = suite_start(s, "relay", "b", NULL);
    for (int i = 0; i < 100 && !strstr(suite_get(s, relay, "/readyz"), "set back"); i++)
        relay_sleep_ms(50);
    cr_assert(strstr(suite_get(s, relay, "/readyz"), "was set back without a new timeline"), "%s",
              suite_get(s, relay, "/readyz"));
    suite_free(s);
}
