/* timeout: 420
 * What the events of a case's life do to its clocks, through the daemon on a real Kafka and PostgreSQL. Each test says
 * what happened and when, and what must stand in the tables and in the journal then: one line for each clock, one for
 * each event, times since the complaint was received. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "tests/support/clock_lines.h"

#define POLICY(code, version, clocks)                                                                                  \
    "policy: " code "\nversion: " version "\neffective_from: 2020-01-01\nname: {zh: 承诺, en: Promise}\n"            \
    "basis: {zh: 合同, en: contract}\ncalendar: always\n"                                                            \
    "defaults: {pause: [], warn: [50], warn_to: [handler], ladder: [{percent: 100, to: [handler]}]}\n"                 \
    "clocks:\n" clocks
#define CLOCK(name, start, stop, limit, more)                                                                          \
    "  - {clock: " name ", name: {zh: 承诺, en: Promise}, start: " start ", stop: " stop ", limit: " limit more "}\n"
#define PROMISE(code, version, clocks)                                                                                 \
    "INSERT INTO watchdog.policy VALUES ('demo', '" code "', " version                                                 \
    ", '2020-01-01', '" POLICY(code, version, clocks) "')"

#define RESPONSE(limit) CLOCK("response", "received", "contacted", limit, ", pause: [outside_party]")
#define REPLY           CLOCK("reply", "received", "contacted", "605m", ", step: response")

static struct stage st;

static void set_up(const char *name, const char *promise)
{
    stage_open(&st, name);
    suite_execute(st.s, "DELETE FROM watchdog.policy");
    if (promise)
        suite_execute(st.s, promise);
}

static void run_watchdog(void)
{
    cr_assert(suite_wait_ready(st.s, suite_start(st.s, "watchdog", "1", NULL), 30));
}

/* ---- what happens ---- */

struct matter {
    struct lined_case lined;
    int64_t version;
};

/* A complaint that came so long ago. */
static struct matter received(int64_t ago_us)
{
    int64_t at_us = clock_wall_us() - ago_us;

    return (struct matter){ { &st, stage_register(&st, at_us), at_us }, 1 };
}

static char *text_of(const struct uuid *id)
{
    char *text = arena_alloc(&st.arena, UUID_TEXT_SIZE);

    uuid_format(id, text);
    return text;
}

#define TEXT(s) ((char *)(uintptr_t)(s))

static void happen(struct matter *m, int64_t after_us, int which, void *what)
{
    Redress__V1__ComplaintEvent e = stage_event(&st, &m->lined.id, ++m->version, m->lined.received_us + after_us);

    e.event_case = (Redress__V1__ComplaintEvent__EventCase)which;
    e.registered = what; /* a union of pointers */
    stage_publish(&st, &e);
}

/* HAPPENS(&m, 10 * MINUTE, PAUSED, Paused, it.reason = ...) */
#define HAPPENS(m, after_us, NAME, Name, ...)                                                                          \
    do {                                                                                                               \
        Redress__V1__##Name it = REDRESS__V1__##NAME##__INIT;                                                          \
        __VA_ARGS__;                                                                                                   \
        happen(m, after_us, REDRESS__V1__COMPLAINT_EVENT__EVENT_##NAME, &it);                                          \
    } while (0)
#define REASON(name) it.reason = REDRESS__V1__WAIT_REASON__WAIT_REASON_##name

/* All that happened is applied. */
static void applied(const struct matter *m)
{
    stage_flush(&st);
    cr_assert(suite_wait_number(
        st.s,
        arena_printf(&st.arena, "SELECT coalesce(max(version), 0) FROM watchdog.case_state WHERE complaint_id = '%s'",
                     text_of(&m->lined.id)),
        m->version, 30));
}

/* ---- what is to be read then ---- */

static void same(const char *what, const char *got, const char *wanted)
{
    cr_expect(strcmp(got, wanted) == 0, "%s: wanted\n%sgot\n%s", what, wanted, got);
}

static void clocks_are(const struct matter *m, const char *wanted)
{
    same("clocks", clock_lines_stand(&m->lined), wanted);
}

static void told_is(const struct matter *m, const char *wanted)
{
    same("told", clock_lines_told(&m->lined), wanted);
}

static const char *since(const struct matter *m, int64_t at_us)
{
    return clock_lines_since(&m->lined, at_us);
}

static int64_t due_of(const char *name, int cycle)
{
    struct pg_result *r =
        stage_ask(&st, arena_printf(&st.arena, "SELECT due_at FROM watchdog.clock WHERE name = '%s' AND cycle = %d",
                                    name, cycle));
    int64_t due_us = pg_time_us(r, 0, 0);

    pg_result_free(r);
    return due_us;
}

/* ---- waiting ---- */

Test(watchdog_events, a_pause_moves_what_may_wait_for_its_reason_by_exactly_its_length)
{
    struct matter m;

    set_up("we_pause", PROMISE("care", "1", RESPONSE("10h") REPLY));
    run_watchdog();
    m = received(30 * MINUTE);
    applied(&m);
    clocks_are(&m, "reply #1 running, due +10:05\nresponse #1 running, due +10:00, counts\n");
    HAPPENS(&m, 5 * MINUTE, PAUSED, Paused, REASON(COMPLAINANT_ABSENT)); /* nobody's clock waits for him */
    HAPPENS(&m, 10 * MINUTE, PAUSED, Paused, REASON(OUTSIDE_PARTY));
    applied(&m);
    clocks_are(&m, "reply #1 running, due +10:05, counts\nresponse #1 paused, due never\n");
    HAPPENS(&m, 15 * MINUTE, RESUMED, Resumed, REASON(COMPLAINANT_ABSENT)); /* the outside party is still awaited */
    applied(&m);
    clocks_are(&m, "reply #1 running, due +10:05, counts\nresponse #1 paused, due never\n");
    HAPPENS(&m, 25 * MINUTE, RESUMED, Resumed, REASON(OUTSIDE_PARTY));
    applied(&m);
    clocks_are(&m, "reply #1 running, due +10:05, counts\nresponse #1 running, due +10:15\n");
    HAPPENS(&m, 28 * MINUTE, CONTACTED, Contacted, (void)0);
    applied(&m);
    clocks_are(&m, "reply #1 met, due +10:05, ended +0:28\nresponse #1 met, due +10:15, ended +0:28\n");
    told_is(&m, "response #1 started +0:00, due +10:00\n"
                "reply #1 started +0:00, due +10:05\n"
                "response #1 paused +0:10, due never\n"
                "response #1 resumed +0:25, due +10:15\n"
                "reply #1 met +0:28 in time\n"
                "response #1 met +0:28 in time\n");
    stage_close(&st);
}

/* Two clocks reach their warning in the same moment, four seconds from now: one that waits, and one that may not. */
Test(watchdog_events, a_pause_without_end_has_no_due_instant_and_fires_nothing)
{
    struct matter m;
    int64_t paused_us, resumed_us;
    const char *due;

    set_up("we_endless", PROMISE("care", "1", RESPONSE("10h") CLOCK("notice", "received", "fed_back", "10h", "")));
    run_watchdog();
    m = received(5 * HOUR - 4 * SECOND);
    paused_us = clock_wall_us() - m.lined.received_us;
    HAPPENS(&m, paused_us, PAUSED, Paused, REASON(OUTSIDE_PARTY));
    applied(&m);
    cr_assert(suite_wait_number(st.s, TOLD("warning"), 1, 15));
    clock_sleep_us(2 * SECOND);
    clocks_are(&m, "notice #1 running, due +10:00, told 1, counts\nresponse #1 paused, due never\n");
    cr_expect_eq(suite_number(st.s, "SELECT count(*) FROM watchdog.clock WHERE name = 'response' AND next_at IS NULL"),
                 1);

    resumed_us = clock_wall_us() - m.lined.received_us;
    HAPPENS(&m, resumed_us, RESUMED, Resumed, REASON(OUTSIDE_PARTY));
    applied(&m);
    due = since(&m, m.lined.received_us + 10 * HOUR + resumed_us - paused_us);
    cr_assert(suite_wait_number(st.s, TOLD("warning"), 2, 15)); /* what was left to it until its warning */
    clocks_are(&m, arena_printf(&st.arena,
                                "notice #1 running, due +10:00, told 1, counts\n"
                                "response #1 running, due %s, told 1, counts\n",
                                due));
    told_is(&m,
            arena_printf(&st.arena,
                         "response #1 started +0:00, due +10:00\n"
                         "notice #1 started +0:00, due +10:00\n"
                         "response #1 paused %s, due never\n"
                         "notice #1 warning 50 %%\n"
                         "response #1 resumed %s, due %s\n"
                         "response #1 warning 50 %%\n",
                         since(&m, m.lined.received_us + paused_us), since(&m, m.lined.received_us + resumed_us), due));
    stage_close(&st);
}

/* ---- the end of a case ---- */

/* The transaction that took the event is the one that ended the clocks and told it. */
static void in_one_transaction(const struct matter *m)
{
    const char *id = text_of(&m->lined.id);

    cr_expect_eq(suite_number(st.s, arena_printf(&st.arena,
                                                 "SELECT count(DISTINCT x) FROM ("
                                                 "SELECT xmin::text AS x FROM watchdog.case_state WHERE complaint_id = "
                                                 "'%s' UNION ALL "
                                                 "SELECT xmin::text FROM watchdog.clock WHERE complaint_id = '%s' AND "
                                                 "state = 5 UNION ALL "
                                                 "SELECT xmin::text FROM journal.entry WHERE key = '%s' AND type LIKE "
                                                 "'%%ended') AS t",
                                                 id, id, id)),
                 1);
    cr_expect_eq(
        suite_number(st.s, arena_printf(&st.arena,
                                        "SELECT count(*) FROM watchdog.consumer AS c, watchdog.case_state AS s "
                                        "WHERE s.complaint_id = '%s' AND c.xmin = s.xmin",
                                        id)),
        1, "its offset was moved in another one");
}

Test(watchdog_events, withdrawn_and_merged_end_every_clock_in_the_transaction_of_the_event)
{
    struct matter withdrawn, merged;

    set_up("we_end", PROMISE("care", "1",
                             RESPONSE("10h") CLOCK("notice", "received", "fed_back", "20h", "")
                                 CLOCK("progress", "received", "progress_told", "7d", ", repeat: true")));
    run_watchdog();
    withdrawn = received(30 * MINUTE);
    HAPPENS(&withdrawn, 10 * MINUTE, PAUSED, Paused, REASON(OUTSIDE_PARTY));
    HAPPENS(&withdrawn, 15 * MINUTE, CONTACTED, Contacted, (void)0);
    applied(&withdrawn);
    HAPPENS(&withdrawn, 20 * MINUTE, WITHDRAWN, Withdrawn, (void)0);
    applied(&withdrawn);
    in_one_transaction(&withdrawn);
    clocks_are(&withdrawn, "notice #1 case_ended, due +20:00, ended +0:20\n"
                           "progress #1 case_ended, due +168:00, ended +0:20\n"
                           "response #1 met, due never, ended +0:15\n");
    told_is(&withdrawn, "response #1 started +0:00, due +10:00\n"
                        "notice #1 started +0:00, due +20:00\n"
                        "progress #1 started +0:00, due +168:00\n"
                        "response #1 paused +0:10, due never\n"
                        "response #1 met +0:15 in time\n"
                        "notice #1 ended +0:20, case ended\n"
                        "progress #1 ended +0:20, case ended\n");

    merged = received(30 * MINUTE);
    HAPPENS(&merged, 10 * MINUTE, PAUSED, Paused, REASON(OUTSIDE_PARTY));
    applied(&merged);
    HAPPENS(&merged, 20 * MINUTE, MERGED, Merged, it.into_number = TEXT("YHHY-2"));
    applied(&merged);
    in_one_transaction(&merged);
    clocks_are(&merged, "notice #1 case_ended, due +20:00, ended +0:20\n"
                        "progress #1 case_ended, due +168:00, ended +0:20\n"
                        "response #1 case_ended, due never, ended +0:20\n");
    cr_expect_eq(suite_number(st.s, TOLD("ended")), 5);
    cr_expect_eq(
        suite_number(st.s, "SELECT count(*) FROM watchdog.clock WHERE policy_code <> '' AND next_at IS NOT NULL"), 0,
        "an ended clock is armed");
    stage_close(&st);
}

#define OLD_ROWS "SELECT * FROM watchdog.clock WHERE policy_code <> '' AND cycle = 1"

Test(watchdog_events, a_case_that_is_opened_again_gets_new_cycles_and_the_old_rows_stay)
{
    struct matter m;

    set_up("we_reopen", PROMISE("care", "1",
                                CLOCK("investigation", "[received, reopened]", "investigated", "5d", "")
                                    CLOCK("notice", "received", "fed_back", "20h", "")));
    run_watchdog();
    m = received(30 * MINUTE);
    HAPPENS(&m, 5 * MINUTE, INVESTIGATED, Investigated, (void)0);
    HAPPENS(&m, 10 * MINUTE, CLOSED, Closed, (void)0);
    applied(&m);
    suite_execute(st.s, "CREATE TABLE public.was AS " OLD_ROWS);
    cr_assert_eq(suite_number(st.s, "SELECT count(*) FROM public.was"), 2);
    HAPPENS(&m, 20 * MINUTE, REOPENED, Reopened, it.times = 1);
    HAPPENS(&m, 25 * MINUTE, CLOSED, Closed, (void)0);
    HAPPENS(&m, 28 * MINUTE, REOPENED, Reopened, it.times = 2);
    applied(&m);
    cr_expect_eq(suite_number(st.s, "SELECT count(*) FROM ((" OLD_ROWS " EXCEPT TABLE public.was) UNION ALL "
                                    "(TABLE public.was EXCEPT " OLD_ROWS ")) AS d"),
                 0, "an old row was changed");
    clocks_are(&m, "investigation #1 met, due +120:00, ended +0:05\n"
                   "investigation #2 case_ended, due +120:20, ended +0:25\n"
                   "investigation #3 running, due +120:28, counts\n"
                   "notice #1 case_ended, due +20:00, ended +0:10\n");
    told_is(&m, "investigation #1 started +0:00, due +120:00\n"
                "notice #1 started +0:00, due +20:00\n"
                "investigation #1 met +0:05 in time\n"
                "notice #1 ended +0:10, case ended\n"
                "investigation #2 started +0:20, due +120:20\n"
                "investigation #2 ended +0:25, case ended\n"
                "investigation #3 started +0:28, due +120:28\n");
    stage_close(&st);
}

/* ---- agreed dates, work orders, what is repeated ---- */

#define AGREED(order, until_us)                                                                                        \
    it.work_order = (order), it.from = stage_stamp(&st, m.lined.received_us + (until_us)-2 * HOUR),                    \
    it.to = stage_stamp(&st, m.lined.received_us + (until_us))

Test(watchdog_events, agreed_dates_are_due_as_agreed_and_each_work_order_has_its_own)
{
    struct matter m;

    set_up("we_agreed",
           PROMISE("care", "1",
                   CLOCK("rectification", "plan_confirmed", "rectified", "plan_deadline", ", restart: true")
                       CLOCK("visit", "appointment_agreed", "work_order_done", "appointment_end",
                             ", restart: true, skip: work_order_cancelled")));
    run_watchdog();
    m = received(30 * MINUTE);
    HAPPENS(&m, 1 * MINUTE, PLAN_CONFIRMED, PlanConfirmed, it.plan = 1,
            it.deadline = stage_stamp(&st, m.lined.received_us + 30 * DAY));
    HAPPENS(&m, 2 * MINUTE, APPOINTMENT_AGREED, AppointmentAgreed, AGREED(1, 24 * HOUR));
    HAPPENS(&m, 3 * MINUTE, APPOINTMENT_AGREED, AppointmentAgreed, AGREED(2, 48 * HOUR));
    HAPPENS(&m, 4 * MINUTE, PAUSED, Paused, REASON(OUTSIDE_PARTY)); /* an agreed date stays */
    applied(&m);
    clocks_are(&m, "rectification #1 running, due +720:00, counts\n"
                   "visit/1 #1 running, due +24:00, counts\n"
                   "visit/2 #1 running, due +48:00, counts\n");
    HAPPENS(&m, 10 * MINUTE, APPOINTMENT_AGREED, AppointmentAgreed, AGREED(1, 72 * HOUR)); /* another date for it */
    HAPPENS(&m, 15 * MINUTE, WORK_ORDER_DONE, WorkOrderDone, it.work_order = 1);
    HAPPENS(&m, 20 * MINUTE, WORK_ORDER_CANCELLED, WorkOrderCancelled, it.work_order = 2);
    HAPPENS(&m, 25 * MINUTE, RECTIFIED, Rectified, (void)0);
    applied(&m);
    clocks_are(&m, "rectification #1 met, due +720:00, ended +0:25\n"
                   "visit/1 #1 restarted, due +24:00, ended +0:10\n"
                   "visit/1 #2 met, due +72:00, ended +0:15\n"
                   "visit/2 #1 skipped, due +48:00, ended +0:20\n");
    told_is(&m, "rectification #1 started +0:01, due +720:00\n"
                "visit/1 #1 started +0:02, due +24:00\n"
                "visit/2 #1 started +0:03, due +48:00\n"
                "visit/1 #1 ended +0:10, restarted\n"
                "visit/1 #2 started +0:10, due +72:00\n"
                "visit/1 #2 met +0:15 in time\n"
                "visit/2 #1 ended +0:20, skipped\n"
                "rectification #1 met +0:25 in time\n");
    stage_close(&st);
}

Test(watchdog_events, progress_is_told_every_seven_days_as_long_as_the_case_is_open)
{
    struct matter m;

    set_up("we_repeat", PROMISE("care", "1", CLOCK("progress", "registered", "progress_told", "7d", ", repeat: true")));
    run_watchdog();
    m = received(3 * DAY);
    HAPPENS(&m, 1 * DAY, PROGRESS_TOLD, ProgressTold, (void)0);
    HAPPENS(&m, 2 * DAY, PROGRESS_TOLD, ProgressTold, (void)0);
    applied(&m);
    clocks_are(&m, "progress #1 met, due +168:00, ended +24:00\n"
                   "progress #2 met, due +192:00, ended +48:00\n"
                   "progress #3 running, due +216:00, counts\n");
    HAPPENS(&m, 60 * HOUR, CLOSED, Closed, (void)0);
    HAPPENS(&m, 61 * HOUR, PROGRESS_TOLD, ProgressTold, (void)0);
    applied(&m);
    told_is(&m, "progress #1 started +0:00, due +168:00\n"
                "progress #1 met +24:00 in time\n"
                "progress #2 started +24:00, due +192:00\n"
                "progress #2 met +48:00 in time\n"
                "progress #3 started +48:00, due +216:00\n"
                "progress #3 ended +60:00, case ended\n");
    stage_close(&st);
}

/* ---- the bounce clock ---- */

static const char *file_text(const char *path)
{
    char *text = arena_alloc(&st.arena, 65536);
    FILE *f = fopen(path, "r");

    cr_assert(f, "%s", path);
    text[fread(text, 1, 65535, f)] = '\0';
    fclose(f);
    return text;
}

static void bounce_is(const struct matter *m, const char *condition)
{
    cr_expect_eq(suite_number(st.s, arena_printf(&st.arena,
                                                 "SELECT count(*) FROM watchdog.bounce_view WHERE "
                                                 "complaint_id = '%s' AND %s",
                                                 text_of(&m->lined.id), condition)),
                 1, "%s", condition);
}

/* By the promise that the house gives itself in deploy/policies/handling.yaml (R11). */
Test(watchdog_events, the_bounce_clock_runs_until_somebody_has_the_case_however_often_it_is_passed_on)
{
    struct matter m;
    int64_t due, again;
    const char *out;

    set_up("we_bounce", NULL);
    suite_execute(st.s, arena_printf(&st.arena, "INSERT INTO watchdog.calendar VALUES ('demo', 'office', 1, $t$%s$t$)",
                                     file_text("deploy/calendars/cn-office.yaml")));
    suite_execute(st.s,
                  arena_printf(&st.arena,
                               "INSERT INTO watchdog.policy VALUES ('demo', 'handling', 1, '2026-01-01', $t$%s$t$)",
                               file_text("deploy/policies/handling.yaml")));
    run_watchdog();
    m = received(30 * MINUTE);
    HAPPENS(&m, 1 * MINUTE, ASSIGNED, Assigned, (void)0);
    applied(&m);
    bounce_is(&m, "bounces = 0 AND between_since IS NOT NULL AND between_us BETWEEN 29 * 60e6 AND 31 * 60e6");
    due = due_of("between_departments", 1);
    HAPPENS(&m, 5 * MINUTE, REASSIGNED, Reassigned, (void)0);
    HAPPENS(&m, 9 * MINUTE, REFUSED, Refused, (void)0);
    HAPPENS(&m, 10 * MINUTE, REASSIGNED, Reassigned, (void)0);
    HAPPENS(&m, 16 * MINUTE, ACKNOWLEDGED, Acknowledged, (void)0);
    applied(&m);
    bounce_is(&m, "bounces = 3 AND between_since IS NULL AND between_us = 15 * 60e6");
    HAPPENS(&m, 20 * MINUTE, REASSIGNED, Reassigned, (void)0); /* he gives it away after all */
    HAPPENS(&m, 22 * MINUTE, ACKNOWLEDGED, Acknowledged, (void)0);
    applied(&m);
    bounce_is(&m, "bounces = 4 AND between_since IS NULL AND between_us = 17 * 60e6");
    cr_expect_eq(suite_number(st.s,
                              "SELECT count(*) FROM watchdog.clock_view WHERE name = 'between_departments' AND cycle "
                              "= 2 AND state = 'met' AND ended_at = started_at + interval '2 min'"),
                 1);
    again = due_of("between_departments", 2);
    told_is(&m, arena_printf(&st.arena,
                             "between_departments #1 started +0:01, due %s\n"
                             "between_departments #1 met +0:16 in time\n"
                             "between_departments #2 started +0:20, due %s\n"
                             "between_departments #2 met +0:22 in time\n",
                             since(&m, due), since(&m, again)));

    cr_assert_eq(suite_ctl(st.s, (const char *[]){ "clocks", "show", text_of(&m.lined.id), "--output", "json", NULL }),
                 0);
    out = file_text(arena_printf(&st.arena, "%s/ctl.out", suite_folder(st.s)));
    cr_expect(strstr(out, "\"bounces\":4,\"betweenSeconds\":1020"), "%s", out);
    cr_assert_eq(suite_ctl(st.s, (const char *[]){ "policy", "explain", text_of(&m.lined.id), NULL }), 0);
    out = file_text(arena_printf(&st.arena, "%s/ctl.out", suite_folder(st.s)));
    cr_expect(strstr(out, "转派 4 次 passed on  共 0:17:00 in all\n"), "%s", out);
    stage_close(&st);
}

/* ---- events that are not the next ---- */

#define SET_ASIDE(reason) DEAD " WHERE reason = '" reason "'"
#define DEAD_TOLD         "SELECT count(*) FROM journal.entry WHERE topic = 'redress.dead-letters.v1'"

Test(watchdog_events, what_is_missing_repeated_or_unknown_leaves_the_clocks_as_they_were)
{
    struct matter m, stranger = { { &st, uuid_new(clock_wall_us()), clock_wall_us() }, 0 };
    const char *before = "response #1 running, due +10:00, counts\n";

    set_up("we_order", PROMISE("care", "1", RESPONSE("10h")));
    run_watchdog();
    m = received(30 * MINUTE);
    applied(&m);
    m.version = 2; /* the third comes, the second does not */
    HAPPENS(&m, 10 * MINUTE, CONTACTED, Contacted, (void)0);
    stage_flush(&st);
    cr_assert(suite_wait_number(st.s, SET_ASIDE("version_gap"), 1, 20));
    clocks_are(&m, before);

    m.version = 1;
    HAPPENS(&m, 5 * MINUTE, PAUSED, Paused, REASON(OUTSIDE_PARTY));
    m.version = 1;
    HAPPENS(&m, 9 * MINUTE, PAUSED, Paused, REASON(OUTSIDE_PARTY)); /* its version was there */
    st.sent--;
    m.version = 2;
    HAPPENS(&m, 9 * MINUTE, CONTACTED, Contacted, (void)0); /* its place in the journal was there */
    m.version = 2;
    HAPPENS(&m, 15 * MINUTE, RESUMED, Resumed, REASON(OUTSIDE_PARTY));
    applied(&m);
    clocks_are(&m, "response #1 running, due +10:10, counts\n");

    HAPPENS(&stranger, 0, CONTACTED, Contacted, (void)0); /* version 1, and no registration */
    stranger.version = 4;
    HAPPENS(&stranger, 0, CONTACTED, Contacted, (void)0);
    stage_flush(&st);
    cr_assert(suite_wait_number(st.s, SET_ASIDE("unexpected_event"), 1, 20));
    cr_assert(suite_wait_number(st.s, SET_ASIDE("version_gap"), 2, 20));
    cr_expect_eq(suite_number(st.s, "SELECT count(*) FROM watchdog.case_state"), 1);
    clocks_are(&stranger, "");
    told_is(&stranger, "");
    told_is(&m, "response #1 started +0:00, due +10:00\n"
                "response #1 paused +0:05, due never\n"
                "response #1 resumed +0:15, due +10:10\n");
    cr_expect_eq(suite_number(st.s, DEAD), 3);
    cr_expect_eq(suite_number(st.s, DEAD_TOLD), 3);
    stage_close(&st);
}

/* ---- what is promised changes ---- */

#define CHANGED(policy, version, reason)                                                                               \
    "INSERT INTO watchdog.recompute (tenant_id, policy_code, policy_version, reason) VALUES ('demo', '" policy         \
    "', " version ", '" reason "'); UPDATE watchdog.revision SET revision = revision + 1"

static void changed(const char *promise, const char *told)
{
    suite_execute(st.s, promise);
    suite_execute(st.s, told);
    cr_assert(suite_wait_number(st.s, "SELECT count(*) FROM watchdog.recompute", 0, 20));
}

Test(watchdog_events, a_version_that_is_applied_to_running_clocks_moves_each_and_says_why)
{
    struct matter running, waiting, over;

    set_up("we_version", PROMISE("care", "1", RESPONSE("10h") CLOCK("notice", "received", "fed_back", "20h", "")));
    suite_execute(st.s, PROMISE("other", "1", CLOCK("danger", "received", "evaluated", "9h", "")));
    run_watchdog();
    running = received(30 * MINUTE);
    waiting = received(30 * MINUTE);
    over = received(30 * MINUTE);
    HAPPENS(&waiting, 10 * MINUTE, PAUSED, Paused, REASON(OUTSIDE_PARTY));
    HAPPENS(&over, 10 * MINUTE, CONTACTED, Contacted, (void)0);
    applied(&running);
    applied(&waiting);
    applied(&over);
    changed(PROMISE("care", "2", RESPONSE("8h") CLOCK("notice", "received", "fed_back", "20h", "")),
            CHANGED("care", "2", "contract of November"));
    clocks_are(&running, "danger #1 running, due +9:00, counts\n"
                         "notice #1 running, due +20:00, counts\n"
                         "response #1 running, due +8:00, counts\n");
    told_is(&running, "response #1 started +0:00, due +10:00\n"
                      "notice #1 started +0:00, due +20:00\n"
                      "danger #1 started +0:00, due +9:00\n"
                      "response #1 due +8:00, was +10:00, policy: contract of November\n");
    clocks_are(&over, "danger #1 running, due +9:00, counts\n"
                      "notice #1 running, due +20:00, counts\n"
                      "response #1 met, due +10:00, ended +0:10\n");
    cr_expect_eq(suite_number(st.s, TOLD("due_changed")), 1);
    cr_expect_eq(suite_number(st.s, "SELECT count(*) FROM watchdog.clock WHERE policy_code = 'care' AND "
                                    "policy_version = 2"),
                 5, "of the six only the one that is over stays with its version");

    HAPPENS(&waiting, 25 * MINUTE, RESUMED, Resumed, REASON(OUTSIDE_PARTY)); /* now it is due by the new one */
    applied(&waiting);
    told_is(&waiting, "response #1 started +0:00, due +10:00\n"
                      "notice #1 started +0:00, due +20:00\n"
                      "danger #1 started +0:00, due +9:00\n"
                      "response #1 paused +0:10, due never\n"
                      "response #1 resumed +0:25, due +8:15\n");
    stage_close(&st);
}

#define CALENDAR(version, more)                                                                                        \
    "INSERT INTO watchdog.calendar SELECT 'demo', 'always', " version ", content || " more " FROM watchdog.calendar "  \
    "WHERE version = 1"
#define DAY_TEXT(days) "to_char(now() AT TIME ZONE 'Asia/Shanghai' + interval '" days "', 'YYYY-MM-DD')"

/* The next year is published: what was due in it is firm, and a day off of it moves what counts working days. */
Test(watchdog_events, a_calendar_that_learns_the_next_year_makes_provisional_deadlines_firm)
{
    struct matter m;
    int64_t due;

    set_up("we_year",
           PROMISE("care", "1", RESPONSE("10h") CLOCK("investigation", "received", "investigated", "5wd", "")));
    suite_execute(st.s, CALENDAR("2", "'known_until: ' || " DAY_TEXT("-1 day") " || chr(10)"));
    suite_execute(st.s, "UPDATE watchdog.revision SET revision = revision + 1");
    run_watchdog();
    m = received(30 * MINUTE);
    applied(&m);
    cr_expect_eq(suite_number(st.s, "SELECT count(*) FROM watchdog.clock_view WHERE provisional"), 2);
    due = due_of("investigation", 1);
    changed(CALENDAR("3", "'known_until: 2099-12-31' || chr(10) || 'days:' || chr(10) || '  ' || " DAY_TEXT(
                              "3 day") " || ': off' || chr(10)"),
            CHANGED("", "0", "calendar always version 3"));
    clocks_are(&m, arena_printf(&st.arena,
                                "investigation #1 running, due %s, counts\n"
                                "response #1 running, due +10:00, counts\n",
                                since(&m, due + DAY)));
    told_is(&m, arena_printf(&st.arena,
                             "response #1 started +0:00, due +10:00 provisional\n"
                             "investigation #1 started +0:00, due %s provisional\n"
                             "investigation #1 due %s, was %s, calendar: calendar always version 3\n"
                             "response #1 due +10:00, was +10:00, calendar: calendar always version 3\n",
                             since(&m, due), since(&m, due + DAY), since(&m, due)));
    stage_close(&st);
}
