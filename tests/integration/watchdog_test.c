/* timeout: 420
 * The watchdog between a real Kafka and a real PostgreSQL: complaint events are published as the relay would, what it
 * tells is read from the journal. Complaints are received a while ago, so that their clocks come due within seconds. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/topic.h"
#include "common/event/unpack.h"
#include "common/kafka/producer.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "redress/v1/sla_event.pb-c.h"
#include "tests/support/suite.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)

#define CALENDAR                                                                                                       \
    "zone: Asia/Shanghai\nweek:\n  mon: [\"00:00-24:00\"]\n  tue: [\"00:00-24:00\"]\n  wed: [\"00:00-24:00\"]\n"       \
    "  thu: [\"00:00-24:00\"]\n  fri: [\"00:00-24:00\"]\n  sat: [\"00:00-24:00\"]\n  sun: [\"00:00-24:00\"]\n"

#define POLICY                                                                                                         \
    "policy: test\nversion: 1\neffective_from: 2020-01-01\nname: {zh: 测试, en: Test}\n"                             \
    "basis: {zh: 合同, en: contract}\ncalendar: always\n"                                                            \
    "defaults:\n  pause: []\n  warn: [50, 80]\n  warn_to: [handler]\n  ladder:\n"                                      \
    "    - {percent: 100, to: [handler], level: warning}\n"                                                            \
    "    - {percent: 150, to: [department_head], level: urgent}\n  tell_complainant: false\n"                          \
    "clocks:\n"                                                                                                        \
    "  - clock: assignment\n    name: {zh: 分派, en: Assignment}\n    start: received\n    stop: assigned\n"         \
    "    limit: 10m\n"                                                                                                 \
    "  - clock: acceptance\n    name: {zh: 接收, en: Acceptance}\n    start: [assigned, reassigned]\n"               \
    "    restart: true\n    stop: acknowledged\n    limit: 10m\n"                                                      \
    "  - clock: plan\n    name: {zh: 方案, en: Plan}\n    start: received\n    stop: plan_proposed\n    limit: 5wd\n"

#define CLOCKS "SELECT count(*) FROM watchdog.clock WHERE policy_code <> ''"
#define DEAD   "SELECT count(*) FROM watchdog.dead_letter"
#define TOLD(member)                                                                                                   \
    "SELECT count(*) FROM journal.entry WHERE topic = 'redress.sla.v1' AND type = 'redress.v1.SlaEvent." member "'"

struct stage {
    struct suite *s;
    struct kafka_producer *producer;
    struct arena arena;
    int64_t batch; /* journal positions, as the relay writes them */
};

static void promise(struct stage *st)
{
    suite_execute(st->s, "INSERT INTO watchdog.tenant VALUES ('demo', 'Asia/Shanghai')");
    suite_execute(st->s, "INSERT INTO watchdog.calendar VALUES ('demo', 'always', 1, '" CALENDAR "')");
    suite_execute(st->s, "INSERT INTO watchdog.policy VALUES ('demo', 'test', 1, '2020-01-01', '" POLICY "')");
    suite_execute(st->s, "UPDATE watchdog.revision SET revision = revision + 1");
}

static void stage_open(struct stage *st, const char *name)
{
    struct kafka_options o;

    *st = (struct stage){ .s = suite_new(name) };
    arena_init(&st->arena, 0);
    o = suite_kafka(st->s);
    cr_assert_eq(kafka_producer_new(&o,
                                    &(struct kafka_producer_spec){ .timeout_ms = 20000, .max_record_bytes = 1 << 20 },
                                    &st->producer),
                 0, "%s", err_text());
    suite_execute(st->s, "UPDATE journal.cursor SET epoch = journal.current_epoch()");
    promise(st);
}

static void stage_close(struct stage *st)
{
    kafka_producer_free(st->producer);
    suite_free(st->s);
    arena_done(&st->arena);
}

/* ---- events ---- */

#define TEXT(s) ((char *)(uintptr_t)(s))

static Google__Protobuf__Timestamp *stamp(struct stage *st, int64_t at_us)
{
    Google__Protobuf__Timestamp *t = arena_new(&st->arena, Google__Protobuf__Timestamp);

    google__protobuf__timestamp__init(t);
    t->seconds = at_us / SECOND;
    t->nanos = (int32_t)(at_us % SECOND * 1000);
    return t;
}

static void publish(struct stage *st, Redress__V1__ComplaintEvent *e)
{
    char *batch = arena_printf(&st->arena, "%" PRId64, ++st->batch);
    const struct kafka_header headers[] = { { "redress-epoch", "1-1", 3 },
                                            { "redress-batch", batch, strlen(batch) },
                                            { "redress-ord", "0", 1 } };
    struct kafka_message m = { .topic = TOPIC_COMPLAINTS,
                               .partition = -1,
                               .headers = headers,
                               .header_count = 3,
                               .key = e->complaint_id,
                               .key_len = strlen(e->complaint_id) };

    m.value = event_pack(&st->arena, &e->base, &m.value_len);
    cr_assert_eq(kafka_produce(st->producer, &m), 0, "%s", err_text());
}

static Redress__V1__ComplaintEvent event(struct stage *st, const struct uuid *id, int64_t version, int64_t at_us)
{
    Redress__V1__ComplaintEvent e = REDRESS__V1__COMPLAINT_EVENT__INIT;

    e.complaint_id = arena_alloc(&st->arena, UUID_TEXT_SIZE);
    uuid_format(id, e.complaint_id);
    e.tenant = TEXT("demo");
    e.complaint_number = arena_printf(&st->arena, "YHHY-%.8s", e.complaint_id + 24);
    e.project_code = TEXT("YHHY");
    e.version = version;
    e.at = stamp(st, at_us);
    return e;
}

static struct uuid register_at(struct stage *st, int64_t received_us)
{
    Redress__V1__Registered registered = REDRESS__V1__REGISTERED__INIT;
    struct uuid id = uuid_new(clock_wall_us());
    Redress__V1__ComplaintEvent e = event(st, &id, 1, received_us);

    registered.received_at = registered.registered_at = stamp(st, received_us);
    e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_REGISTERED;
    e.registered = &registered;
    publish(st, &e);
    return id;
}

static void assign_at(struct stage *st, const struct uuid *id, int64_t version, int64_t at_us)
{
    Redress__V1__Assigned assigned = REDRESS__V1__ASSIGNED__INIT;
    Redress__V1__ComplaintEvent e = event(st, id, version, at_us);

    assigned.category_code = TEXT("repair.public_area");
    assigned.severity = REDRESS__V1__SEVERITY__SEVERITY_GENERAL;
    assigned.complexity = REDRESS__V1__COMPLEXITY__COMPLEXITY_SIMPLE;
    e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_ASSIGNED;
    e.assigned = &assigned;
    publish(st, &e);
}

static void reassign_at(struct stage *st, const struct uuid *id, int64_t version, int64_t at_us)
{
    Redress__V1__Reassigned reassigned = REDRESS__V1__REASSIGNED__INIT;
    Redress__V1__ComplaintEvent e = event(st, id, version, at_us);

    e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_REASSIGNED;
    e.reassigned = &reassigned;
    publish(st, &e);
}

static void flush(struct stage *st)
{
    cr_assert_eq(kafka_producer_flush(st->producer, 20000), 0, "%s", err_text());
}

/* ---- what was told ---- */

struct told {
    char key[160]; /* complaint, policy, clock, cycle, percent */
    int64_t reached_us, lateness_ms;
    int percent;
};

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct told *)a)->key, ((const struct told *)b)->key);
}

static const Redress__V1__ClockPoint *point_of(const Redress__V1__SlaEvent *e)
{
    if (e->event_case == REDRESS__V1__SLA_EVENT__EVENT_WARNING)
        return e->warning->point;
    if (e->event_case == REDRESS__V1__SLA_EVENT__EVENT_BREACHED)
        return e->breached->point;
    return e->event_case == REDRESS__V1__SLA_EVENT__EVENT_LADDER_STEP ? e->ladder_step->point : NULL;
}

/* Every point that was told, in the order in which it was. */
static struct told *read_told(struct stage *st, size_t *ret_count)
{
    static const struct pg_statement all = { "told", "SELECT payload FROM journal.entry WHERE topic = 'redress.sla.v1' "
                                                     "ORDER BY batch, ord" };
    struct pg_result *r = NULL;
    struct told *told;
    size_t n = 0;

    cr_assert_eq(pg_exec_once(suite_pg(st->s), &all, NULL, &r), 0, "%s", err_text());
    told = arena_array(&st->arena, struct told, (size_t)pg_rows(r) + 1);
    for (int i = 0; i < pg_rows(r); i++) {
        struct field_problem problem;
        ProtobufCMessage *m;
        size_t len;
        const void *bytes = pg_bytes(r, i, 0, &len);
        const Redress__V1__SlaEvent *e;
        const Redress__V1__ClockPoint *p;

        cr_assert_eq(event_unpack(&st->arena, &redress__v1__sla_event__descriptor, bytes, len, &m, &problem), 0);
        e = (const Redress__V1__SlaEvent *)m;
        p = point_of(e);
        if (!p)
            continue;
        cr_expect_gt(p->n_to, 0);
        told[n].percent = p->percent;
        told[n].reached_us = p->reached_at->seconds * SECOND + p->reached_at->nanos / 1000;
        told[n].lateness_ms = p->lateness_ms;
        snprintf(told[n].key, sizeof(told[n].key), "%s %s %s %d %d", e->complaint_id, e->clock->policy, e->clock->name,
                 e->clock->cycle, p->percent);
        n++;
    }
    pg_result_free(r);
    *ret_count = n;
    return told;
}

/* O8: nothing twice. */
static void nothing_twice(struct stage *st, size_t expected)
{
    size_t n;
    struct told *told = read_told(st, &n);

    cr_expect_eq(n, expected, "%zu points were told, %zu had been reached", n, expected);
    qsort(told, n, sizeof(*told), by_key);
    for (size_t i = 1; i < n; i++)
        cr_expect_str_neq(told[i].key, told[i - 1].key, "told twice: %s", told[i].key);
}

/* ---- tests ---- */

Test(watchdog, clocks_start_stop_and_start_again)
{
    struct stage st;
    struct uuid id;
    int64_t now;

    stage_open(&st, "wd_life");
    now = clock_wall_us();
    suite_start(st.s, "watchdog", "1", NULL);
    id = register_at(&st, now - 2 * MINUTE);
    assign_at(&st, &id, 2, now - MINUTE);
    reassign_at(&st, &id, 3, now);
    flush(&st);
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

    reassign_at(&st, &id, 3, now); /* repeated: dropped */
    reassign_at(&st, &id, 6, now); /* 4 and 5 are missing */
    flush(&st);
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
    register_at(&st, now - 5 * MINUTE + 4 * SECOND);  /* the first warning in 4 s */
    register_at(&st, now - 10 * MINUTE + 4 * SECOND); /* the breach in 4 s, the warnings are late already */
    register_at(&st, now - 15 * MINUTE + 4 * SECOND); /* the ladder in 4 s */
    flush(&st);
    cr_assert(suite_wait_number(st.s, TOLD("ladder_step"), 1, 30));
    clock_sleep_us(2 * SECOND);
    cr_expect_eq(suite_number(st.s, TOLD("warning")), 5);
    cr_expect_eq(suite_number(st.s, TOLD("breached")), 2);
    nothing_twice(&st, 8);
    told = read_told(&st, &n);
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
    in_time = register_at(&st, now - 30 * MINUTE);
    too_late = register_at(&st, now - 30 * MINUTE);
    assign_at(&st, &in_time, 2, now - 26 * MINUTE);  /* before any warning */
    assign_at(&st, &too_late, 2, now - 19 * MINUTE); /* after the breach, before the ladder */
    flush(&st);
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
        register_at(&st, now - 5 * MINUTE + 20 * SECOND + i * 7919 % 2500 * 1000);
    flush(&st);
    cr_assert(suite_wait_number(st.s, CLOCKS, 5000, 30));
    suite_signal(st.s, pid, SIGKILL);
    cr_assert_eq(suite_number(st.s, TOLD("warning")), 0);
    suite_execute(st.s,
                  "UPDATE watchdog.clock SET points = ARRAY(SELECT p - interval '6 min' FROM unnest(points) AS p), "
                  "next_at = next_at - interval '6 min' WHERE name = 'assignment'");
    suite_start(st.s, "watchdog", "1", NULL);
    cr_assert(suite_wait_number(st.s, TOLD("breached"), 2500, 60));
    nothing_twice(&st, 7500);
    told = read_told(&st, &n);
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
        register_at(&st, now - 10 * MINUTE + i * 4 * 1000); /* breached over 12 seconds, warned already */
    flush(&st);
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

/* 20,000 due at once, two instances, and a complaint that comes in the middle of it. */
Test(watchdog, a_storm_drains_and_starves_nobody)
{
    struct stage st;
    struct uuid id;

    stage_open(&st, "wd_storm");
    suite_wait_ready(st.s, suite_start(st.s, "watchdog", "1", NULL), 30);
    suite_wait_ready(st.s, suite_start(st.s, "watchdog", "2", NULL), 30);
    suite_execute(
        st.s, "WITH c AS (INSERT INTO watchdog.case_state SELECT gen_random_uuid(), 'demo', 'N' || n, 'YHHY', 1, '', "
              "0, 0, false, now(), now(), '', NULL, 0, 0 FROM generate_series(1, 20000) AS n RETURNING complaint_id) "
              "INSERT INTO watchdog.clock SELECT complaint_id, 'test', 'assignment', 1, 1, 1, 0, false, 2, 0, "
              "now() - interval '10 min', now() + interval '3 s', now() + interval '3 s', NULL, NULL, "
              "ARRAY[now() - interval '5 min', now() - interval '2 min', now() + interval '3 s'], "
              "'{50,80,100}'::int2[] FROM c");
    cr_assert(suite_wait_number(st.s, "SELECT (count(*) > 0)::int::int8 FROM journal.entry WHERE type LIKE '%breached'",
                                1, 20));
    id = register_at(&st, clock_wall_us());
    flush(&st);
    cr_assert(suite_wait_number(st.s,
                                "SELECT count(*) FROM watchdog.case_state WHERE received_at = registered_at AND "
                                "number LIKE 'YHHY%'",
                                1, 5));
    (void)id;
    cr_assert(suite_wait_number(st.s, TOLD("breached"), 20000, 60));
    nothing_twice(&st, 20000);
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
        register_at(&st, now);
        register_at(&st, now - 5 * MINUTE + 4 * SECOND);
        flush(&st);
        cr_assert(suite_wait_number(st.s, TOLD("warning"), 1, 40));
        clock_sleep_us(2 * SECOND);
        told = read_told(&st, &n);
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
    register_at(&st, clock_wall_us());
    flush(&st);
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
