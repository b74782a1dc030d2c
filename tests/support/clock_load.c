#include "clock_load.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/arena.h"
#include "common/base/error.h"
#include "redress/v1/sla_event.pb-c.h"

#define PROBLEMS_SHOWN 5

/* A prime that divides no number of cases: i * STRIDE % cases visits each once before any twice. */
#define STRIDE "7368787"

static void __attribute__((noreturn)) give_up(const char *what, const char *why)
{
    fprintf(stderr, "clocks: %s: %s\n", what, why);
    exit(99);
}

void clock_load_promise(struct suite *s)
{
    if (suite_ctl(s, (const char *const[]){ "policy", "apply", "deploy/demo.d/tenant", NULL }) != 0)
        give_up("redressctl policy apply", "failed");
    suite_execute(s, "DELETE FROM watchdog.policy WHERE code <> 'standard'");
    suite_execute(s, "UPDATE journal.cursor SET epoch = journal.current_epoch()");
}

/* Version 7 ids in the order in which cases were registered, as scattered as real ones behind the time. */
static const char *const helpers =
    "CREATE SCHEMA bench; CREATE EXTENSION pg_prewarm SCHEMA bench;"
    "CREATE FUNCTION bench.case_id(n int8) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$"
    "  SELECT (lpad(to_hex(1764000000000 + n), 12, '0') || '70008' || substr(md5(n::text), 1, 15))::uuid $$;"
    /* somewhere in the thirty days from tomorrow on */
    "CREATE FUNCTION bench.later(n int8) RETURNS timestamptz LANGUAGE sql STABLE AS $$"
    "  SELECT now() + interval '1 day' + (hashint8(n)::int8 & 2147483647) * interval '1207 us' $$;"
    "CREATE FUNCTION bench.clock_name(i int8) RETURNS text LANGUAGE sql IMMUTABLE AS $$"
    "  SELECT ('{acknowledgement,first_response,investigation_start,investigation_end,progress}'::text[])[1 + i % 5] "
    "$$;"
    /* the points of a clock of which `fired` were told and the next one is at `at` */
    "CREATE FUNCTION bench.points(fired int, at timestamptz, later timestamptz) RETURNS timestamptz[] LANGUAGE sql"
    "  IMMUTABLE AS $$ SELECT array_agg(CASE WHEN j < 1 THEN at + j * interval '1 hour' - interval '1 hour'"
    "  WHEN j = 1 THEN at ELSE later + (j - 2) * interval '1 day' END ORDER BY j)"
    "  FROM generate_series(1 - fired, 5 - fired) AS j $$;"
    "CREATE TABLE bench.armed (one boolean PRIMARY KEY DEFAULT true, count int8 NOT NULL);"
    "INSERT INTO bench.armed VALUES (true, 0);"
    "CREATE UNLOGGED TABLE bench.due (complaint_id uuid, name text, fired int, percent int, at timestamptz)";

/* The indexes are made at the end, half the time, and as full as inserts at random places leave them: full ones would
 * all split their pages together while it is measured. */
static const char *const fill =
    "DO $do$ DECLARE"
    "    cases CONSTANT int8 := %" PRId64 ";"
    "    key text := (SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'clock_pkey');"
    "    next text := pg_get_indexdef('watchdog.clock_next'::regclass);"
    "BEGIN"
    "    SET LOCAL maintenance_work_mem = '1GB';"
    "    ALTER TABLE watchdog.case_state SET (autovacuum_enabled = false);"
    "    ALTER TABLE watchdog.clock SET (autovacuum_enabled = false);"
    "    ALTER TABLE watchdog.clock DROP CONSTRAINT clock_pkey;"
    "    DROP INDEX watchdog.clock_next;"
    "    INSERT INTO watchdog.case_state SELECT bench.case_id(n), 'demo', 'YHHY-20261101-' || n, 'YHHY', 2,"
    "           'repair.public_area', 1, 1, false, now() - interval '3 days', now() - interval '3 days', '',"
    "           now() - interval '2 days', 0, 0"
    "      FROM generate_series(0, cases - 1) AS n;"
    "    INSERT INTO watchdog.clock SELECT bench.case_id(n), 'standard', bench.clock_name(k.i), 1, 1, 1, k.event, "
    "false,"
    "           0, 0, now() - interval '3 days', d.at + interval '2 days', d.at, NULL, NULL,"
    "           ARRAY[d.at, d.at + interval '1 day', d.at + interval '2 days', d.at + interval '3 days',"
    "                 d.at + interval '4 days'], '{50,80,100,150,200}'::int2[]"
    "      FROM generate_series(0, cases - 1) AS n, (VALUES (0, 2), (1, 0), (2, 0), (3, 0), (4, 1)) AS k (i, event),"
    "           LATERAL (SELECT bench.later(n * 5 + k.i) AS at) AS d;"
    "    EXECUTE 'ALTER TABLE watchdog.clock ADD CONSTRAINT clock_pkey ' || key || ' WITH (fillfactor = 70)';"
    "    EXECUTE replace(next, ' WHERE ', ' WITH (fillfactor = 70) WHERE ');"
    "END $do$";

void clock_load_fill(struct suite *s, int64_t open)
{
    char sql[4096];

    suite_execute(s, helpers);
    /* the judge's walk through the index marks what is dead in it, as a daemon's next look would */
    suite_execute(s, "SET enable_bitmapscan = off; SET statement_timeout = 0");
    snprintf(sql, sizeof sql, fill, open / CLOCK_LOAD_PER_CASE);
    suite_execute(s, sql);
    suite_execute(s, "VACUUM ANALYZE watchdog.case_state, watchdog.clock");
    suite_execute(s, "CHECKPOINT");
}

/* The next `count` of all clocks that are ever armed. */
static const char *const arm =
    "WITH chosen AS MATERIALIZED (SELECT bench.case_id(i * " STRIDE " %% %" PRId64 ") AS complaint_id,"
    " bench.clock_name(i / %" PRId64 ") AS name, (i %% 4)::int AS fired,"
    " now() + (%" PRId64 " + (i - a.count) * %" PRId64 ") * interval '1 us' AS at, bench.later(i) AS later"
    " FROM bench.armed AS a, generate_series(a.count, a.count + %" PRId64 " - 1) AS i),"
    " armed AS (UPDATE watchdog.clock AS c SET fired = n.fired, told_before = n.fired, next_at = n.at,"
    " points = bench.points(n.fired, n.at, n.later)"
    " FROM chosen AS n WHERE c.complaint_id = n.complaint_id AND c.policy_code = 'standard' AND c.name = n.name"
    " AND c.cycle = 1 RETURNING c.complaint_id, c.name, c.fired, c.percents[c.fired + 1], c.next_at)"
    " INSERT INTO bench.due SELECT * FROM armed";

void clock_load_arm(struct suite *s, int64_t open, int64_t count, int64_t start_us, int64_t gap_us)
{
    int64_t cases = open / CLOCK_LOAD_PER_CASE;
    char sql[2048];

    if (count > cases)
        give_up("too many clocks are to be armed", "one of each case at most");
    suite_execute(s, "TRUNCATE bench.due");
    snprintf(sql, sizeof sql, arm, cases, cases, start_us, gap_us, count);
    suite_execute(s, sql);
    if (suite_number(s, "SELECT count(*) FROM bench.due") != count)
        give_up("arming", "not all clocks were found");
    snprintf(sql, sizeof sql, "UPDATE bench.armed SET count = count + %" PRId64, count);
    suite_execute(s, sql);
}

void clock_load_churn(struct suite *s, int64_t open, int64_t count)
{
    clock_load_arm(s, open, count, -3600000000, 1000);
    suite_execute(s, "UPDATE watchdog.clock AS c SET fired = d.fired + 1, next_at = c.points[d.fired + 2]"
                     " FROM bench.due AS d WHERE c.complaint_id = d.complaint_id AND c.policy_code = 'standard'"
                     " AND c.name = d.name AND c.cycle = 1");
}

void clock_load_rest_canaries(struct suite *s)
{
    suite_execute(s, "UPDATE watchdog.clock SET next_at = now() + interval '1 hour',"
                     " points = ARRAY[now() + interval '1 hour']"
                     " WHERE complaint_id IN (SELECT complaint_id FROM watchdog.canary)");
}

void clock_load_cool(struct suite *s)
{
    suite_number(s, "SELECT bench.pg_prewarm('watchdog.clock', 'buffer', 'main', 0,"
                    " least(65536, pg_relation_size('watchdog.clock') / 8192) - 1)");
}

int64_t clock_load_journal(struct suite *s)
{
    return suite_number(s, "SELECT coalesce(max(batch), 0) FROM journal.entry");
}

/* ---- judging ---- */

struct point {
    const char *complaint, *clock;
    int64_t at_us;
    int percent;
};

static int compare_points(const void *x, const void *y)
{
    const struct point *a = x, *b = y;
    int r = strcmp(a->complaint, b->complaint);

    if (r == 0)
        r = strcmp(a->clock, b->clock);
    if (r == 0)
        r = a->percent - b->percent;
    return r ? r : (a->at_us > b->at_us) - (a->at_us < b->at_us);
}

static const Redress__V1__ClockPoint *point_of(const Redress__V1__SlaEvent *e)
{
    if (e->event_case == REDRESS__V1__SLA_EVENT__EVENT_WARNING)
        return e->warning->point;
    if (e->event_case == REDRESS__V1__SLA_EVENT__EVENT_BREACHED)
        return e->breached->point;
    return e->event_case == REDRESS__V1__SLA_EVENT__EVENT_LADDER_STEP ? e->ladder_step->point : NULL;
}

static struct pg_result *ask(struct suite *s, const char *sql, struct pg_params *p)
{
    const struct pg_statement question = { .name = "", .sql = sql };
    struct pg_result *r = NULL;

    if (pg_exec_once(suite_pg(s), &question, p, &r) < 0)
        give_up(sql, err_text());
    return r;
}

/* Every point that was told behind that batch, in order; what is no point is one of nobody. */
static struct point *told(struct suite *s, struct arena *a, int64_t after_batch, size_t *ret_count)
{
    struct pg_params p;
    struct pg_result *r;
    struct point *list;

    pg_params_init(&p, a);
    pg_param_int8(&p, after_batch);
    r = ask(s, "SELECT payload FROM journal.entry WHERE batch > $1::int8", &p);
    *ret_count = (size_t)pg_rows(r);
    list = arena_array(a, struct point, *ret_count + 1);
    for (size_t i = 0; i < *ret_count; i++) {
        size_t len;
        const void *bytes = pg_bytes(r, (int)i, 0, &len);
        Redress__V1__SlaEvent *e = redress__v1__sla_event__unpack(NULL, len, bytes);
        const Redress__V1__ClockPoint *point = e ? point_of(e) : NULL;

        list[i] = (struct point){ "", "", 0, 0 };
        if (point)
            list[i] = (struct point){ arena_strdup(a, e->complaint_id), arena_strdup(a, e->clock->name),
                                      point->reached_at->seconds * 1000000 + point->reached_at->nanos / 1000,
                                      point->percent };
        if (e)
            redress__v1__sla_event__free_unpacked(e, NULL);
    }
    pg_result_free(r);
    qsort(list, *ret_count, sizeof *list, compare_points);
    return list;
}

static struct point *wanted(struct suite *s, struct arena *a, size_t *ret_count)
{
    struct pg_result *r = ask(s, "SELECT complaint_id::text, name, percent, at FROM bench.due", NULL);
    struct point *list;

    *ret_count = (size_t)pg_rows(r);
    list = arena_array(a, struct point, *ret_count + 1);
    for (int i = 0; i < pg_rows(r); i++)
        list[i] = (struct point){ arena_strdup(a, pg_text(r, i, 0)), arena_strdup(a, pg_text(r, i, 1)),
                                  pg_time_us(r, i, 3), pg_int4(r, i, 2) };
    pg_result_free(r);
    qsort(list, *ret_count, sizeof *list, compare_points);
    return list;
}

static void problem(int64_t *problems, const char *what, const struct point *p)
{
    if ((*problems)++ < PROBLEMS_SHOWN)
        fprintf(stderr, "clocks: %s: %s %s %d %%\n", what, p->complaint, p->clock, p->percent);
}

int64_t clock_load_judge(struct suite *s, int64_t after_batch)
{
    struct arena a;
    size_t told_count, wanted_count, t = 0, w = 0;
    int64_t problems = 0, waiting, overdue;
    struct point *is, *should;

    arena_init(&a, 0);
    is = told(s, &a, after_batch, &told_count);
    should = wanted(s, &a, &wanted_count);
    while (t < told_count || w < wanted_count) {
        int order = t == told_count ? 1 : w == wanted_count ? -1 : compare_points(&is[t], &should[w]);

        if (order < 0)
            problem(&problems, "told and not due, or told twice", &is[t]);
        if (order > 0)
            problem(&problems, "due and not told", &should[w]);
        t += order <= 0;
        w += order >= 0;
    }
    waiting = suite_number(s, "SELECT count(*) FROM bench.due AS d JOIN watchdog.clock AS c"
                              " ON c.complaint_id = d.complaint_id AND c.policy_code = 'standard' AND c.name = d.name"
                              " WHERE c.cycle = 1 AND c.fired = d.fired + 1 AND c.next_at = c.points[d.fired + 2]");
    overdue = suite_number(s, "SELECT count(*) FROM watchdog.clock WHERE next_at <= now() AND policy_code <> ''");
    if (waiting != (int64_t)wanted_count || overdue)
        fprintf(stderr, "clocks: %" PRId64 " of %zu wait for their next point, %" PRId64 " are overdue\n", waiting,
                wanted_count, overdue);
    problems += (int64_t)wanted_count - waiting + overdue;
    arena_done(&a);
    return problems;
}
