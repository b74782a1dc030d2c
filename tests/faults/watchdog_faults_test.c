/* Rows 1, 2, 5, 6 and 25 of guarantees.md for the watchdog, and a storm: whoever is killed or stopped, each event moves
 * its complaint's clocks once, and each point is told once. timeout: 600 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "tests/support/private_servers.h"
#include "tests/support/relay_suite.h"
#include "tests/support/watchdog_stage.h"

/* ---- a crowd of complaints that something happens to ---- */

#define COMPLAINTS 400
#define EVENTS_MAX 6 /* of one complaint */

struct member {
    struct uuid id;
    int64_t version; /* newest that was published; 0: none yet */
    int64_t wanted;  /* it will have so many */
};

struct crowd {
    struct stage *st;
    struct member members[COMPLAINTS];
    int64_t until_us;                     /* until then clocks come due, about */
    int64_t events, assigned, reassigned; /* published, each counted once */
    int64_t to_come;
    unsigned seed;
};

static void crowd_open(struct crowd *c, struct stage *st, int seconds)
{
    *c = (struct crowd){ .st = st, .seed = relay_test_seed(), .until_us = clock_wall_us() + seconds * SECOND };
    fprintf(stderr, "watchdog_faults: seed %u\n", c->seed);
    for (size_t i = 0; i < COMPLAINTS; i++) {
        c->members[i].wanted = 1 + rand_r(&c->seed) % EVENTS_MAX;
        c->to_come += c->members[i].wanted;
    }
}

static int below(struct crowd *c, int n)
{
    return rand_r(&c->seed) % n;
}

/* One of its points will be reached before the crowd's end; those before it are late when it is registered. */
static void registered(struct crowd *c, struct member *m)
{
    static const int percents[] = { 50, 80, 100, 150 };
    int64_t now_us = clock_wall_us(), left_us = c->until_us > now_us ? c->until_us - now_us : 1;

    m->id = stage_register(c->st, now_us + below(c, (int)left_us) - STAGE_LIMIT * percents[below(c, 4)] / 100);
}

/* Its next event, which happens now; sometimes an earlier one comes again behind it. */
static void happens(struct crowd *c, struct member *m)
{
    int64_t now_us = clock_wall_us();

    if (++m->version == 1)
        registered(c, m);
    else if (m->version == 2)
        stage_assign(c->st, &m->id, 2, now_us);
    else
        stage_reassign(c->st, &m->id, m->version, now_us);
    c->events++;
    c->assigned += m->version == 2;
    c->reassigned += m->version > 2;
    c->to_come--;
    if (m->version > 2 && below(c, 10) == 0)
        stage_reassign(c->st, &m->id, 2 + below(c, (int)m->version - 1), now_us);
}

/* So many of the events that are still to come, in no order but that of each complaint. */
static void crowd_go_on(struct crowd *c, int64_t events)
{
    for (; events > 0 && c->to_come > 0; events--) {
        struct member *m = &c->members[below(c, COMPLAINTS)];

        while (m->version == m->wanted)
            m = m == &c->members[COMPLAINTS - 1] ? c->members : m + 1;
        happens(c, m);
    }
    stage_flush(c->st);
}

#define APPLIED "SELECT coalesce(sum(version), 0)::int8 FROM watchdog.case_state"
#define OFFSETS "SELECT coalesce(sum(next_offset), 0)::int8 FROM watchdog.consumer"

/* O3, O4 and O8, once all has come and nothing is due any more. */
static void crowd_check(struct crowd *c)
{
    struct stage *st = c->st;
    int64_t clocks;
    size_t told;

    crowd_go_on(c, c->to_come);
    clocks = 2 * COMPLAINTS + c->assigned + c->reassigned;
    cr_assert(suite_wait_number(st->s, OFFSETS, st->sent, 60));
    while (clock_wall_us() < c->until_us)
        relay_sleep_ms(50);
    cr_assert(suite_wait_number(st->s, DUE, 0, 30));
    cr_expect_eq(suite_number(st->s, APPLIED), c->events, "O3: each complaint has the version of its newest event");
    for (size_t i = 0; i < COMPLAINTS; i++)
        cr_assert_eq(c->members[i].version, c->members[i].wanted);
    cr_expect_eq(suite_number(st->s, "SELECT sum(bounces)::int8 FROM watchdog.case_state"), c->reassigned,
                 "O3: none was applied twice");
    cr_expect_eq(suite_number(st->s, CLOCKS), clocks);
    cr_expect_eq(suite_number(st->s, TOLD("started")), clocks);
    cr_expect_eq(suite_number(st->s, TOLD("met")), c->assigned);
    cr_expect_eq(suite_number(st->s, TOLD("ended")), c->reassigned);
    cr_expect_eq(suite_number(st->s, DEAD), 0);
    cr_expect_eq(suite_number(st->s, "SELECT count(*) FROM watchdog.clock AS c, unnest(c.points, c.percents) AS p (at, "
                                     "percent) WHERE name IN ('assignment', 'acceptance') AND p.at <> c.started_at + "
                                     "interval '6 s' * p.percent"),
                 0);
    cr_expect_eq(stage_check(st, &told), 0);
    cr_expect_gt(told, COMPLAINTS / 2, "only %zu points were told: the test shows little", told);
    fprintf(stderr, "watchdog_faults: %" PRId64 " events, %" PRId64 " records, %zu points\n", c->events, st->sent,
            told);
}

/* The journal against Kafka. */
static void relay_has_published_it(struct stage *st)
{
    struct kafka_options k = suite_kafka(st->s);
    struct oracle *o;

    cr_assert(relay_caught_up(st->s, 60));
    cr_assert_eq(oracle_load(suite_pg(st->s), &k, &o), 0, "%s", err_text());
    cr_expect_eq(oracle_check(o, -1), 0);
    oracle_free(o);
}

/* ---- row 1 ---- */

#define SLA_EVENTS "SELECT count(*) FROM journal.entry WHERE topic = 'redress.sla.v1'"

/* At a random moment; every other time one at which it is at work: what it has told has just become more. */
static void wait_for_a_moment(struct crowd *c, int round)
{
    int64_t before = suite_number(c->st->s, SLA_EVENTS);

    if (round % 2)
        relay_sleep_ms(300 + below(c, 1200));
    for (int i = 0; round % 2 == 0 && i < 400 && suite_number(c->st->s, SLA_EVENTS) == before; i++)
        relay_sleep_ms(5);
    relay_sleep_ms(below(c, 60));
}

static const char *const names[] = { "1", "2" };

Test(watchdog_faults, kill_9_at_random_moments)
{
    int rounds = (int)relay_test_events(120);
    static struct crowd c;
    struct stage st;
    pid_t pid[2];

    stage_open(&st, "wf_kill");
    crowd_open(&c, &st, 8 + rounds);
    suite_start(st.s, "relay", "a", NULL);
    for (int i = 0; i < 2; i++)
        pid[i] = suite_start(st.s, "watchdog", names[i], NULL);
    for (int round = 0; round < rounds; round++) {
        int victim = below(&c, 2);

        crowd_go_on(&c, c.to_come / (rounds - round));
        wait_for_a_moment(&c, round);
        suite_signal(st.s, pid[victim], SIGKILL);
        pid[victim] = suite_start(st.s, "watchdog", names[victim], NULL);
    }
    suite_signal(st.s, pid[1], SIGKILL); /* for good: the other one takes all over */
    crowd_check(&c);
    relay_has_published_it(&st);
    stage_close(&st);
}

/* ---- row 5 ---- */

static bool says(struct stage *st, pid_t pid, const char *path, const char *what, int seconds)
{
    for (int i = 0; i < seconds * 20; i++) {
        if (strstr(suite_get(st->s, pid, path), what))
            return true;
        relay_sleep_ms(50);
    }
    fprintf(stderr, "%s never said \"%s\": %s\n", path, what, suite_get(st->s, pid, path));
    return false;
}

static int64_t metric(struct stage *st, pid_t pid, const char *name)
{
    const char *at = strstr(suite_get(st->s, pid, "/metrics"), name);

    return at ? strtoll(at + strlen(name), NULL, 10) : 0;
}

static size_t times_in_log(struct stage *st, const char *instance, const char *what)
{
    char *log = suite_log(st->s, "redress-watchdog", instance);
    size_t n = 0;

    for (const char *p = log; (p = strstr(p, what)); p++)
        n++;
    free(log);
    return n;
}

/* It has a batch in hand that waits for its next attempt. */
static void stop_between_attempts(struct crowd *c, pid_t pid)
{
    struct suite *s = c->st->s;

    suite_execute(s, "BEGIN; LOCK TABLE watchdog.case_state IN EXCLUSIVE MODE");
    crowd_go_on(c, 100);
    cr_assert(says(c->st, pid, "/readyz", "batch: watchdog_load_cases", 20));
    relay_sleep_ms(below(c, 1000));
    suite_signal(s, pid, SIGSTOP);
    suite_execute(s, "COMMIT");
}

/* It waits for the settings' revision outside a transaction: that is what a batch does before its own. A timer looks
 * within one, which began before. */
static bool has_a_batch(struct crowd *c, int victim)
{
    const char *sql = arena_printf(&c->st->arena,
                                   "SELECT count(*) FILTER (WHERE xact_start = query_start) - count(*) FILTER (WHERE "
                                   "xact_start <> query_start) FROM pg_stat_activity WHERE datname = "
                                   "current_database() AND application_name = 'redress-watchdog-%s' AND "
                                   "wait_event_type = 'Lock'",
                                   names[victim]);
    int64_t answer = 0;

    for (int i = 0; i < 100 && answer == 0; i++) {
        relay_sleep_ms(10);
        answer = suite_number(c->st->s, sql);
    }
    return answer > 0;
}

/* It has a batch in hand and is about to begin the transaction. */
static void stop_before_the_transaction(struct crowd *c, int victim, pid_t pid)
{
    struct suite *s = c->st->s;
    bool found = false;

    for (int i = 0; i < 200 && !found; i++) {
        suite_execute(s, "BEGIN; LOCK TABLE watchdog.revision IN ACCESS EXCLUSIVE MODE");
        crowd_go_on(c, 4);
        found = has_a_batch(c, victim);
        if (found)
            suite_signal(s, pid, SIGSTOP);
        suite_execute(s, "COMMIT");
        relay_sleep_ms(below(c, 100));
    }
    cr_assert(found);
}

/* New records go to it, too. */
static void works_again(struct crowd *c, pid_t pid)
{
    static const char records[] = "\nredress_records_total{topic=\"redress.complaints.v1\"} ";
    int64_t before = metric(c->st, pid, records);

    for (int i = 0; i < 60 && metric(c->st, pid, records) == before; i++) {
        crowd_go_on(c, 4);
        relay_sleep_ms(500);
    }
    cr_expect_gt(metric(c->st, pid, records), before, "it works on after it was fenced");
}

/* Longer than both of its time-outs; then it wakes and must find out. */
static void sleep_and_wake(struct crowd *c, int victim, pid_t pid, const char *finds_out)
{
    size_t before = times_in_log(c->st, names[victim], finds_out);
    int64_t end_us = clock_mono_us() + 10500 * 1000;

    cr_assert(suite_wait_number(c->st->s, OFFSETS, c->st->sent, 40), "the peer takes over and does the batch");
    while (clock_mono_us() < end_us)
        relay_sleep_ms(50);
    suite_signal(c->st->s, pid, SIGCONT);
    for (int i = 0; i < 200 && times_in_log(c->st, names[victim], finds_out) == before; i++)
        relay_sleep_ms(50);
    cr_expect_gt(times_in_log(c->st, names[victim], finds_out), before, "it never said \"%s\"", finds_out);
}

Test(watchdog_faults, an_instance_that_wakes_in_mid_batch_is_fenced)
{
    static const char *const short_ones[] = { "REDRESS_KAFKA_MAX_POLL_INTERVAL_MS=10000",
                                              "REDRESS_POSTGRES_LOCK_TIMEOUT_MS=1000",
                                              "REDRESS_POSTGRES_IDLE_IN_TRANSACTION_TIMEOUT_MS=2000", NULL };
    int rounds = relay_test_events(60) > 6 ? 3 : 1;
    static struct crowd c;
    struct stage st;
    pid_t pid[2];

    stage_open(&st, "wf_stop");
    for (int i = 0; i < 2; i++)
        pid[i] = suite_start(st.s, "watchdog", names[i], short_ones);
    for (int i = 0; i < 2; i++)
        cr_assert(suite_wait_ready(st.s, pid[i], 30));
    crowd_open(&c, &st, 40 * rounds);
    crowd_go_on(&c, 300);
    cr_assert(suite_wait_number(st.s, OFFSETS, st.sent, 30));
    for (int i = 0; i < rounds; i++) {
        stop_before_the_transaction(&c, 0, pid[0]);
        sleep_and_wake(&c, 0, pid[0], "partitions are not where we left them");
        works_again(&c, pid[0]);
        stop_between_attempts(&c, pid[1]);
        sleep_and_wake(&c, 1, pid[1], "reading the offsets again");
        works_again(&c, pid[1]);
    }
    crowd_check(&c);
    stage_close(&st);
}

/* ---- row 6 ---- */

Test(watchdog_faults, kill_9_of_postgresql_in_a_loop)
{
    int rounds = relay_test_events(100) > 10 ? 20 : 4;
    static struct crowd c;
    struct stage st;

    private_pg_start();
    stage_open(&st, "wf_pg");
    crowd_open(&c, &st, 10 + 2 * rounds);
    suite_start(st.s, "relay", "a", NULL);
    suite_start(st.s, "watchdog", "1", NULL);
    suite_start(st.s, "watchdog", "2", NULL);
    crowd_go_on(&c, 100);
    cr_assert(suite_wait_number(st.s, OFFSETS, st.sent, 30));
    for (int i = 0; i < rounds; i++) {
        int64_t end_us = clock_mono_us() + (500 + below(&c, 1500)) * 1000;

        while (clock_mono_us() < end_us) {
            crowd_go_on(&c, 8);
            relay_sleep_ms(20);
        }
        private_pg_kill();
        crowd_go_on(&c, 20);
        relay_sleep_ms(below(&c, 500));
        private_pg_start();
    }
    (void)pg_connect(suite_pg(st.s));
    crowd_check(&c);
    relay_has_published_it(&st);
    stage_close(&st);
    private_servers_stop();
}

/* ---- row 2 ---- */

/* A commit that waits for a standby which never comes is there on our disk; its backend is ended before it can say so.
 */
static int64_t end_commits(struct stage *st)
{
    return suite_number(st->s, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event = "
                               "'SyncRep' AND application_name LIKE 'redress-watchdog%'");
}

static void wait_for_a_standby(struct stage *st, bool wait)
{
    suite_execute(st->s, wait ? "ALTER SYSTEM SET synchronous_standby_names = 'nobody'"
                              : "ALTER SYSTEM RESET synchronous_standby_names");
    suite_execute(st->s, "SELECT pg_reload_conf()");
}

Test(watchdog_faults, the_answer_to_commit_is_lost)
{
    static struct crowd c;
    struct stage st;
    int64_t ended = 0;
    pid_t pid;

    private_pg_start();
    stage_open(&st, "wf_commit");
    suite_execute(st.s, "SET synchronous_commit = local");
    crowd_open(&c, &st, 10);
    pid = suite_start(st.s, "watchdog", "1", NULL);
    crowd_go_on(&c, 100);
    cr_assert(suite_wait_number(st.s, OFFSETS, st.sent, 30));
    wait_for_a_standby(&st, true);
    for (int i = 0; i < 2000 && ended < 30; i++) {
        crowd_go_on(&c, i % 4 == 0);
        relay_sleep_ms(5);
        ended += end_commits(&st);
    }
    wait_for_a_standby(&st, false);
    cr_expect_geq(ended, 30, "only %" PRId64 " commits were met", ended);
    cr_expect_gt(metric(&st, pid, "\nredress_retries_total{class=\"uncertain\"} "), ended / 2);
    crowd_check(&c);
    stage_close(&st);
    private_servers_stop();
}

/* ---- row 25 ---- */

/* Somebody holds the row of a complaint; its events wait, the clocks of all others go on. */
Test(watchdog_faults, a_batch_that_waits_for_a_lock_keeps_no_clock_waiting)
{
    enum { OTHERS = 14 };
    static const char *const env[] = { "REDRESS_POSTGRES_LOCK_TIMEOUT_MS=200", "REDRESS_RETRY_MAX_MS=8000", NULL };
    char id_text[UUID_TEXT_SIZE];
    struct told *told;
    struct stage st;
    struct uuid id;
    int64_t now_us;
    size_t n;
    pid_t pid;

    stage_open(&st, "wf_lock");
    pid = suite_start(st.s, "watchdog", "1", env);
    cr_assert(suite_wait_ready(st.s, pid, 30));
    now_us = clock_wall_us();
    id = stage_register(&st, now_us);
    for (int i = 0; i < OTHERS; i++)
        stage_register(&st, now_us - STAGE_LIMIT / 2 + 5 * SECOND + i * SECOND / 2);
    stage_flush(&st);
    cr_assert(suite_wait_number(st.s, CLOCKS, 2 + 2 * OTHERS, 5));
    uuid_format(&id, id_text);
    suite_execute(st.s,
                  arena_printf(&st.arena, "BEGIN; SELECT FROM watchdog.case_state WHERE complaint_id = '%s' FOR UPDATE",
                               id_text));
    stage_assign(&st, &id, 2, now_us);
    stage_flush(&st);
    cr_assert(says(&st, pid, "/readyz", "batch: watchdog_load_cases", 5));
    cr_assert(suite_wait_number(st.s, TOLD("warning"), OTHERS, 20));
    cr_expect(says(&st, pid, "/readyz", "batch: watchdog_load_cases", 1), "it waited all the time");
    told = stage_told(&st, &n);
    for (size_t i = 0; i < n; i++)
        cr_expect_leq(told[i].lateness_ms, 4000, "%s: %" PRId64 " ms", told[i].key, told[i].lateness_ms);
    suite_execute(st.s, "COMMIT");
    cr_assert(suite_wait_number(st.s, CLOCKS, 3 + 2 * OTHERS, 20));
    cr_expect_eq(stage_check(&st, NULL), 0);
    stage_close(&st);
}

/* ---- a storm ---- */

/* 100,000 due at once, two instances, and a complaint that comes in the middle of it. */
Test(watchdog_faults, a_storm_drains_and_starves_nobody)
{
    enum { STORM = 100000 };
    struct stage st;
    int64_t began_us;
    size_t told;

    stage_open(&st, "wf_storm");
    cr_assert(suite_wait_ready(st.s, suite_start(st.s, "watchdog", "1", NULL), 30));
    cr_assert(suite_wait_ready(st.s, suite_start(st.s, "watchdog", "2", NULL), 30));
    suite_execute(st.s,
                  "WITH c AS (INSERT INTO watchdog.case_state SELECT gen_random_uuid(), 'demo', 'N' || n, 'YHHY', 1, "
                  "'', 0, 0, false, now(), now(), '', NULL, 0, 0 FROM generate_series(1, 100000) AS n RETURNING "
                  "complaint_id) INSERT INTO watchdog.clock SELECT complaint_id, 'test', 'assignment', 1, 1, 1, 0, "
                  "false, 0, 0, now() - interval '5 min', now() + interval '5 min', now(), NULL, NULL, "
                  "ARRAY[now(), now() + interval '3 min', now() + interval '5 min'], '{50,80,100}'::int2[] FROM c");
    began_us = clock_mono_us();
    cr_assert(suite_wait_number(st.s, "SELECT (count(*) > 0)::int::int8 FROM journal.entry WHERE type LIKE '%warning'",
                                1, 20));
    stage_register(&st, clock_wall_us());
    stage_flush(&st);
    cr_expect(suite_wait_number(st.s, "SELECT count(*) FROM watchdog.case_state WHERE number LIKE 'YHHY%'", 1, 5));
    cr_expect_gt(suite_number(st.s, DUE), STORM / 10, "it came when the storm was over");
    cr_assert(suite_wait_number(st.s, DUE, 0, 60));
    fprintf(stderr, "watchdog_faults: %d were told in %.1f s\n", STORM, (double)(clock_mono_us() - began_us) / 1e6);
    cr_expect_eq(stage_check(&st, &told), 0);
    cr_expect_eq(told, STORM);
    stage_close(&st);
}
