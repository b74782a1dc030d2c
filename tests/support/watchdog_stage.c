#include "watchdog_stage.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/topic.h"
#include "common/event/unpack.h"
#include "redress/v1/sla_event.pb-c.h"

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

#define TEXT(s)     ((char *)(uintptr_t)(s))
#define KEY_COLUMNS "c.complaint_id || ' ' || c.policy_code || ' ' || c.name || ' ' || c.cycle || ' ' || p.percent"

static void __attribute__((noreturn)) give_up(const char *what)
{
    fprintf(stderr, "stage: %s: %s\n", what, err_text());
    exit(99);
}

void stage_open(struct stage *st, const char *name)
{
    struct kafka_options o;

    *st = (struct stage){ .s = suite_new(name) };
    arena_init(&st->arena, 0);
    o = suite_kafka(st->s);
    if (kafka_producer_new(&o, &(struct kafka_producer_spec){ .timeout_ms = 20000, .max_record_bytes = 1 << 20 },
                           &st->producer) < 0)
        give_up("producer");
    suite_execute(st->s, "UPDATE journal.cursor SET epoch = journal.current_epoch()");
    suite_execute(st->s, "INSERT INTO watchdog.tenant VALUES ('demo', 'Asia/Shanghai')");
    suite_execute(st->s, "INSERT INTO watchdog.calendar VALUES ('demo', 'always', 1, '" CALENDAR "')");
    suite_execute(st->s, "INSERT INTO watchdog.policy VALUES ('demo', 'test', 1, '2020-01-01', '" POLICY "')");
    suite_execute(st->s, "UPDATE watchdog.revision SET revision = revision + 1");
}

void stage_close(struct stage *st)
{
    kafka_producer_free(st->producer);
    suite_free(st->s);
    arena_done(&st->arena);
}

/* ---- events ---- */

Google__Protobuf__Timestamp *stage_stamp(struct stage *st, int64_t at_us)
{
    Google__Protobuf__Timestamp *t = arena_new(&st->arena, Google__Protobuf__Timestamp);

    google__protobuf__timestamp__init(t);
    t->seconds = at_us / SECOND;
    t->nanos = (int32_t)(at_us % SECOND * 1000);
    return t;
}

void stage_publish(struct stage *st, Redress__V1__ComplaintEvent *e)
{
    char *batch = arena_printf(&st->arena, "%" PRId64, ++st->sent);
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
    if (kafka_produce(st->producer, &m) < 0)
        give_up("produce");
}

Redress__V1__ComplaintEvent stage_event(struct stage *st, const struct uuid *id, int64_t version, int64_t at_us)
{
    Redress__V1__ComplaintEvent e = REDRESS__V1__COMPLAINT_EVENT__INIT;

    e.complaint_id = arena_alloc(&st->arena, UUID_TEXT_SIZE);
    uuid_format(id, e.complaint_id);
    e.tenant = TEXT("demo");
    e.complaint_number = arena_printf(&st->arena, "YHHY-%.8s", e.complaint_id + 24);
    e.project_code = TEXT("YHHY");
    e.version = version;
    e.at = stage_stamp(st, at_us);
    return e;
}

struct uuid stage_register(struct stage *st, int64_t received_us)
{
    Redress__V1__Registered registered = REDRESS__V1__REGISTERED__INIT;
    struct uuid id = uuid_new(clock_wall_us());
    Redress__V1__ComplaintEvent e = stage_event(st, &id, 1, received_us);

    registered.received_at = registered.registered_at = stage_stamp(st, received_us);
    e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_REGISTERED;
    e.registered = &registered;
    stage_publish(st, &e);
    return id;
}

void stage_assign(struct stage *st, const struct uuid *id, int64_t version, int64_t at_us)
{
    Redress__V1__Assigned assigned = REDRESS__V1__ASSIGNED__INIT;
    Redress__V1__ComplaintEvent e = stage_event(st, id, version, at_us);

    assigned.category_code = TEXT("repair.public_area");
    assigned.severity = REDRESS__V1__SEVERITY__SEVERITY_GENERAL;
    assigned.complexity = REDRESS__V1__COMPLEXITY__COMPLEXITY_SIMPLE;
    e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_ASSIGNED;
    e.assigned = &assigned;
    stage_publish(st, &e);
}

void stage_reassign(struct stage *st, const struct uuid *id, int64_t version, int64_t at_us)
{
    Redress__V1__Reassigned reassigned = REDRESS__V1__REASSIGNED__INIT;
    Redress__V1__ComplaintEvent e = stage_event(st, id, version, at_us);

    e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_REASSIGNED;
    e.reassigned = &reassigned;
    stage_publish(st, &e);
}

void stage_flush(struct stage *st)
{
    if (kafka_producer_flush(st->producer, 20000) < 0)
        give_up("flush");
}

/* ---- what was told ---- */

static const Redress__V1__ClockPoint *point_of(const Redress__V1__SlaEvent *e)
{
    if (e->event_case == REDRESS__V1__SLA_EVENT__EVENT_WARNING)
        return e->warning->point;
    if (e->event_case == REDRESS__V1__SLA_EVENT__EVENT_BREACHED)
        return e->breached->point;
    return e->event_case == REDRESS__V1__SLA_EVENT__EVENT_LADDER_STEP ? e->ladder_step->point : NULL;
}

struct pg_result *stage_ask(struct stage *st, const char *sql)
{
    const struct pg_statement all = { .name = "", .sql = sql };
    struct pg_result *r = NULL;

    if (pg_exec_once(suite_pg(st->s), &all, NULL, &r) < 0)
        give_up("reading");
    return r;
}

/* false: the event tells no point. Decoded in an arena of its own: a storm tells many. */
static bool read_point(struct stage *st, struct arena *scratch, const void *bytes, size_t len, struct told *ret)
{
    const Redress__V1__SlaEvent *e;
    const Redress__V1__ClockPoint *p;
    struct field_problem problem;
    ProtobufCMessage *m;

    if (event_unpack(scratch, &redress__v1__sla_event__descriptor, bytes, len, &m, &problem) != 0)
        give_up("an event that cannot be read");
    e = (const Redress__V1__SlaEvent *)m;
    p = point_of(e);
    if (!p)
        return false;
    if (p->n_to == 0)
        give_up("a point that is told to nobody");
    *ret = (struct told){ .key = arena_printf(&st->arena, "%s %s %s %d %d", e->complaint_id, e->clock->policy,
                                              e->clock->name, e->clock->cycle, p->percent),
                          .percent = p->percent,
                          .reached_us = p->reached_at->seconds * SECOND + p->reached_at->nanos / 1000,
                          .lateness_ms = p->lateness_ms };
    return true;
}

struct told *stage_told(struct stage *st, size_t *ret_count)
{
    struct pg_result *r =
        stage_ask(st, "SELECT payload FROM journal.entry WHERE topic = 'redress.sla.v1' ORDER BY batch, ord");
    struct told *told = arena_array(&st->arena, struct told, (size_t)pg_rows(r) + 1);
    struct arena scratch;
    size_t n = 0;

    arena_init(&scratch, 0);
    for (int i = 0; i < pg_rows(r); i++) {
        size_t len;
        const void *bytes = pg_bytes(r, i, 0, &len);

        n += read_point(st, &scratch, bytes, len, &told[n]);
        arena_reset(&scratch);
    }
    arena_done(&scratch);
    pg_result_free(r);
    *ret_count = n;
    return told;
}

/* ---- what must hold ---- */

/* A point of a clock in the table. Of one that runs the newest may still be on their way. */
struct point {
    const char *key;
    bool fired, reached;
};

static struct point *read_points(struct stage *st, size_t *ret_count)
{
    struct pg_result *r =
        stage_ask(st, "SELECT " KEY_COLUMNS ", p.i <= c.fired, p.at < coalesce(c.ended_at, now() - interval '2 s')"
                      "  FROM watchdog.clock AS c, unnest(c.points, c.percents) WITH ORDINALITY AS p (at, percent, i)"
                      " WHERE c.policy_code <> ''");
    struct point *points = arena_array(&st->arena, struct point, (size_t)pg_rows(r) + 1);

    for (int i = 0; i < pg_rows(r); i++)
        points[i] = (struct point){ arena_strdup(&st->arena, pg_text(r, i, 0)), pg_bool(r, i, 1), pg_bool(r, i, 2) };
    *ret_count = (size_t)pg_rows(r);
    pg_result_free(r);
    return points;
}

/* Both structs begin with their key. */
static int by_key(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

#define SHOWN_MAX 5

static void __attribute__((format(printf, 2, 3))) violated(int64_t *bad, const char *format, ...)
{
    va_list ap;

    if (++*bad > SHOWN_MAX)
        return;
    fputs("O8: ", stderr);
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
}

static void check_point(int64_t *bad, const struct point *p, size_t times)
{
    if (p->reached && !p->fired)
        violated(bad, "reached and not told: %s", p->key);
    if (p->fired && times == 0)
        violated(bad, "moved on and never told: %s", p->key);
    if (!p->fired && times > 0)
        violated(bad, "told, and the clock does not know it: %s", p->key);
    if (times > 1)
        violated(bad, "told %zu times: %s", times, p->key);
}

int64_t stage_check(struct stage *st, size_t *ret_told)
{
    size_t told_count, point_count, t = 0;
    struct point *points;
    struct told *told;
    int64_t bad = 0;

    suite_execute(st->s, "BEGIN ISOLATION LEVEL REPEATABLE READ");
    told = stage_told(st, &told_count);
    points = read_points(st, &point_count);
    suite_execute(st->s, "COMMIT");
    qsort(told, told_count, sizeof *told, by_key);
    qsort(points, point_count, sizeof *points, by_key);
    for (size_t i = 0; i < told_count; i++)
        if (told[i].lateness_ms < 0)
            violated(&bad, "told %" PRId64 " ms before it was reached: %s", -told[i].lateness_ms, told[i].key);
    for (size_t i = 0; i < point_count; i++) {
        size_t from;

        for (; t < told_count && strcmp(told[t].key, points[i].key) < 0; t++)
            violated(&bad, "told of a clock that there is not: %s", told[t].key);
        for (from = t; t < told_count && strcmp(told[t].key, points[i].key) == 0;)
            t++;
        check_point(&bad, &points[i], t - from);
    }
    for (; t < told_count; t++)
        violated(&bad, "told of a clock that there is not: %s", told[t].key);
    if (ret_told)
        *ret_told = told_count;
    return bad;
}
