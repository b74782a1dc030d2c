/* timeout: 420
 * The watchdog between a real Kafka and a real PostgreSQL: complaint events are published as the relay would, what it
 * tells is read from the journal. Complaints are received a while ago, so that their clocks come due within seconds. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "tests/support/watchdog_stage.h"

/* O8, and that so many points were told. */
static void nothing_twice(struct stage *st, size_t expected)
{
    size_t n;

    cr_expect_eq(stage_check(st, &n), 0);
    cr_expect_eq(n, expected, "%zu points were told, %zu had been reached", n, expected);
}

Test(watchdog, clocks_start_stop_and_start_again)
{
    struct stage st;
    struct uuid id;
    int64_t now;

    stage_open(&st, "wd_life");
    now = clock_wall_us();
    suite_start(st.s, "watchdog", "1", NULL);
    id = stage_register(&st, now - 2 * MINUTE);
    stage_assign(&st, &id, 2, now - MINUTE);
    stage_reassign(&st, &id, 3, now);
    stage_flush(&st);
    cr_assert(suite_wait_number(st.s, CLOCKS, 4, 30));
    cr_expect_eq(suite_number(st.s, "SELECT count(*) FROM watchdog.clock_view WHERE name = 'assignment' AND "
                                    "state = 'met' AND ended_at = started_at + interval '1 min' AND NOT breached"),
                 1);
    cr_expect_eq(suite_number(st.s, "SELECT count(*) FROM watchdog.clock_view WHERE name = 'acceptance' AND cycle = 1 "
                                    "AND state = 'restarted'"),
                 1);
    cr_expect_eq(suite_number(st.s, "SELECT count(*) FROM watchdog.clock_view WHERE name = 'acceptance' AND cycle = 2 "
                                    "AND state = 'running' AND due_at = started_at + interval '10 min'"),
                 1);
    cr_expect_eq(
        suite_number(st.s, "SELECT count(*) FROM watchdog.clock_view WHERE name = 'plan' AND state = 'running'"), 1);
    cr_expect_eq(suite_number(st.s, "SELECT count(*) FROM watchdog.case_state WHERE version = 3 AND bounces = 1 AND "
                                    "between_since IS NOT NULL AND category_code = 'repair.public_area'"),
                 1);
    cr_expect_eq(suite_number(st.s, TOLD("started")), 4);
    cr_expect_eq(suite_number(st.s, TOLD("met")), 1);
    cr_expect_eq(suite_number(st.s, TOLD("ended")), 1);
    cr_expect_eq(suite_number(st.s, TOLD("warning")), 0);

    stage_reassign(&st, &id, 3, now); /* repeated: dropped */
    stage_reassign(&st, &id, 6, now); /* 4 and 5 are missing */
    stage_flush(&st);
    cr_assert(suite_wait_number(st.s, DEAD " WHERE reason = 'version_gap'", 1, 15));
    cr_expect_eq(suite_number(st.s, CLOCKS), 4);
    stage_close(&st);
}

Test(watchdog, warning_breach_and_ladder_fire_once_and_in_time)
{
    struct stage st;
    int64_t now;
    size_t n;
    struct told *told;

    stage_open(&st, "wd_fire");
    suite_wait_ready(st.s, suite_start(st.s, "watchdog", "1", NULL), 30);
    now = clock_wall_us();
    stage_register(&st, now - 5 * MINUTE + 4 * SECOND);  /* the first warning in 4 s */
    stage_register(&st, now - 10 * MINUTE + 4 * SECOND); /* the breach in 4 s, the warnings are late already */
    stage_register(&st, now - 15 * MINUTE + 4 * SECOND); /* the ladder in 4 s */
    stage_flush(&st);
    cr_assert(suite_wait_number(st.s, TOLD("ladder_step"), 1, 30));
    clock_sleep_us(2 * SECOND);
    cr_expect_eq(suite_number(st.s, TOLD("warning")), 5);
    cr_expect_eq(suite_number(st.s, TOLD("breached")), 2);
    nothing_twice(&st, 8);
    told = stage_told(&st, &n);
    for (size_t i = 0; i < n; i++)
        if (told[i].reached_us > now + 3 * SECOND) {
            cr_expect_geq(told[i].lateness_ms, 0);
            cr_expect_leq(told[i].lateness_ms, 2000, "%s: %" PRId64 " ms", told[i].key, told[i].lateness_ms);
        }
    stage_close(&st);
}

Test(watchdog, what_was_done_in_time_is_not_breached_however_late_it_is_read)
{
    struct stage st;
    struct uuid in_time, too_late;
    int64_t now = clock_wall_us();

    stage_open(&st, "wd_late");
    in_time = stage_register(&st, now - 30 * MINUTE);
    too_late = stage_register(&st, now - 30 * MINUTE);
    stage_assign(&st, &in_time, 2, now - 26 * MINUTE);  /* before any warning */
    stage_assign(&st, &too_late, 2, now - 19 * MINUTE); /* after the breach, before the ladder */
    stage_flush(&st);
    suite_start(st.s, "watchdog", "1", NULL);
    cr_assert(suite_wait_number(st.s, TOLD("met"), 2, 30));
    cr_assert(suite_wait_number(st.s, "SELECT count(*) FROM watchdog.clock WHERE next_at <= now()", 0, 30));
    cr_expect_eq(suite_number(st.s, "SELECT count(*) FROM watchdog.clock_view WHERE name = 'assignment' AND fired = 0"),
                 1);
    cr_expect_eq(suite_number(st.s,
                              "SELECT count(*) FROM watchdog.clock_view WHERE name = 'assignment' AND breached AND "
                              "fired = 3 AND state = 'met'"),
                 1);
    nothing_twice(&st, 3 + 4 + 4); /* the acceptance clocks ran into all of their points */
    stage_close(&st);
}

Test(watchdog, after_downtime_all_is_told_once_in_due_order)
{
    struct stage st;
    int64_t now;
    size_t n;
    struct told *told;
    pid_t pid;

    stage_open(&st, "wd_down");
    pid = suite_start(st.s, "watchdog", "1", NULL);
    suite_wait_ready(st.s, pid, 30);
    now = clock_wall_us();
    for (int i = 0; i < 2500; i++) /* due in another order than they come, more than are taken at once */
        stage_register(&st, now - 5 * MINUTE + 20 * SECOND + i * 7919 % 2500 * 1000);
    stage_flush(&st);
    cr_assert(suite_wait_number(st.s, CLOCKS, 5000, 30));
    suite_signal(st.s, pid, SIGKILL);
    cr_assert_eq(suite_number(st.s, TOLD("warning")), 0);
    suite_execute(st.s,
                  "UPDATE watchdog.clock SET points = ARRAY(SELECT p - interval '6 min' FROM unnest(points) AS p), "
                  "next_at = next_at - interval '6 min' WHERE name = 'assignment'");
    suite_start(st.s, "watchdog", "1", NULL);
    cr_assert(suite_wait_number(st.s, TOLD("breached"), 2500, 60));
    nothing_twice(&st, 7500);
    told = stage_told(&st, &n);
    for (size_t i = 1; i < n; i++)
        cr_assert_geq(told[i].reached_us, told[i - 1].reached_us, "%s before %s", told[i - 1].key, told[i].key);
    stage_close(&st);
}

Test(watchdog, kill_and_start_again_loses_and_repeats_nothing)
{
    struct stage st;
    int64_t now;

    stage_open(&st, "wd_kill");
    now = clock_wall_us();
    for (int i = 0; i < 3000; i++)
        stage_register(&st, now - 10 * MINUTE + i * 4 * 1000); /* breached over 12 seconds, warned already */
    stage_flush(&st);
    for (int i = 0; i < 6; i++) {
        pid_t pid = suite_start(st.s, "watchdog", "1", NULL);

        clock_sleep_us(1200000 + i * 170000);
        suite_signal(st.s, pid, SIGKILL);
    }
    suite_start(st.s, "watchdog", "1", NULL);
    cr_assert(suite_wait_number(st.s, TOLD("breached"), 3000, 90));
    cr_expect_eq(suite_number(st.s, TOLD("started")), 6000);
    nothing_twice(&st, 9000);
    cr_expect_eq(suite_number(st.s, DEAD), 0);
    stage_close(&st);
}

/* A library that moves the wall clock and nothing else. libfaketime would also move the deadlines with which librdkafka
 * waits, and it would wait for an hour. */
static const char *const shim =
    "#include <sys/syscall.h>\n#include <sys/time.h>\n#include <time.h>\n#include <unistd.h>\n"
    "int clock_gettime(clockid_t id, struct timespec *t) {\n"
    "    int r = (int)syscall(SYS_clock_gettime, id, t);\n"
    "    if (id == CLOCK_REALTIME) t->tv_sec += OFFSET;\n    return r; }\n"
    "time_t time(time_t *t) { struct timespec s; clock_gettime(CLOCK_REALTIME, &s);\n"
    "    if (t) *t = s.tv_sec; return s.tv_sec; }\n"
    "int gettimeofday(struct timeval *v, void *z) { struct timespec s; (void)z;\n"
    "    clock_gettime(CLOCK_REALTIME, &s); v->tv_sec = s.tv_sec;\n"
    "    v->tv_usec = s.tv_nsec / 1000; return 0; }\n";

/* The last line of the log is stamped with the daemon's own clock. */
static void its_clock_was_wrong(const char *log, int64_t now_us)
{
    char real[RFC3339_SIZE];

    rfc3339_format(now_us, real);
    real[14] = '\0'; /* "2026-11-23T00:" */
    cr_expect_null(strstr(log, real), "the daemon's clock was right: %s in %.300s", real, log);
}

static const char *make_shim(struct stage *st, const char *offset)
{
    const char *source = arena_printf(&st->arena, "%s/clock.c", suite_folder(st->s)),
               *library = arena_printf(&st->arena, "%s/clock.so", suite_folder(st->s));
    FILE *f = fopen(source, "w");

    cr_assert(f);
    fputs(shim, f);
    fclose(f);
    cr_assert_eq(system(arena_printf(&st->arena, "cc -shared -fPIC -DOFFSET=%s -o %s %s", offset, library, source)), 0);
    return library;
}

/* Time is PostgreSQL's: the daemon's own clock is an hour fast, then an hour slow. */
Test(watchdog, a_daemon_whose_clock_is_wrong_fires_nothing_early_or_late)
{
    static const char *const offsets[] = { "3600", "-3600" };

    for (size_t i = 0; i < 2; i++) {
        struct stage st;
        struct told *told;
        int64_t now;
        char *log;
        size_t n;

        stage_open(&st, "wd_time");
        suite_wait_ready(
            st.s,
            suite_start(st.s, "watchdog", "1",
                        (const char *const[]){ arena_printf(&st.arena, "LD_PRELOAD=%s", make_shim(&st, offsets[i])),
                                               arena_printf(&st.arena, "ASAN_OPTIONS=%s:verify_asan_link_order=0",
                                                            getenv("ASAN_OPTIONS") ? getenv("ASAN_OPTIONS") : ""),
                                               NULL }),
            40);
        now = clock_wall_us();
        stage_register(&st, now);
        stage_register(&st, now - 5 * MINUTE + 4 * SECOND);
        stage_flush(&st);
        cr_assert(suite_wait_number(st.s, TOLD("warning"), 1, 40));
        clock_sleep_us(2 * SECOND);
        told = stage_told(&st, &n);
        cr_assert_eq(n, 1, "%s: %zu points were told", offsets[i], n);
        cr_expect_geq(told[0].lateness_ms, 0);
        cr_expect_leq(told[0].lateness_ms, 2000, "%s: %" PRId64 " ms late", offsets[i], told[0].lateness_ms);
        log = suite_log(st.s, "redress-watchdog", "1"); /* the clock really was wrong */
        its_clock_was_wrong(log, now);
        free(log);
        stage_close(&st);
    }
}

Test(watchdog, another_calendar_moves_running_clocks_and_says_so)
{
    struct stage st;

    stage_open(&st, "wd_calendar");
    suite_start(st.s, "watchdog", "1", NULL);
    stage_register(&st, clock_wall_us());
    stage_flush(&st);
    cr_assert(suite_wait_number(st.s, CLOCKS, 2, 30));
    suite_execute(st.s, "CREATE TABLE public.was AS SELECT due_at FROM watchdog.clock WHERE name = 'plan'");
    suite_execute(st.s,
                  "INSERT INTO watchdog.calendar SELECT 'demo', 'always', 2, content || 'days:' || chr(10) || '  ' || "
                  "to_char(now() AT TIME ZONE 'Asia/Shanghai' + interval '1 day', 'YYYY-MM-DD') || ': off' || chr(10) "
                  "FROM watchdog.calendar");
    suite_execute(st.s, "INSERT INTO watchdog.recompute (tenant_id, policy_code, policy_version, reason) VALUES "
                        "('demo', '', 0, 'calendar always version 2')");
    suite_execute(st.s, "UPDATE watchdog.revision SET revision = revision + 1");
    cr_assert(suite_wait_number(st.s,
                                "SELECT count(*) FROM watchdog.clock, public.was WHERE name = 'plan' AND "
                                "clock.due_at = was.due_at + interval '1 day'",
                                1, 20));
    cr_expect_eq(suite_number(st.s, TOLD("due_changed")), 1);
    cr_assert(suite_wait_number(st.s, "SELECT count(*) FROM watchdog.recompute", 0, 10));
    stage_close(&st);
}

Test(watchdog, a_canary_fires_for_each_tenant_and_shows_in_readyz)
{
    struct stage st;
    pid_t pid;

    stage_open(&st, "wd_canary");
    pid = suite_start(st.s, "watchdog", "1", NULL);
    suite_wait_ready(st.s, pid, 30);
    cr_assert(suite_wait_number(st.s, "SELECT count(*) FROM watchdog.clock WHERE policy_code = '' AND next_at > now()",
                                1, 30));
    cr_expect(strstr(suite_get(st.s, pid, "/readyz"), "canary: ok"));
    clock_sleep_us(12 * SECOND); /* lateness counts from the start of the process: longer ago than the bound */
    /* due long since: as if this instance could not fire any more */
    suite_execute(st.s, "BEGIN; UPDATE watchdog.clock SET next_at = now() - interval '20 s', points = ARRAY[now() - "
                        "interval '20 s'] WHERE policy_code = ''");
    suite_execute(st.s, "COMMIT");
    for (int i = 0; i < 100 && !strstr(suite_get(st.s, pid, "/readyz"), "s late"); i++)
        clock_sleep_us(100000);
    cr_expect(strstr(suite_get(st.s, pid, "/readyz"), "s late"), "%s", suite_get(st.s, pid, "/readyz"));
    stage_close(&st);
}
