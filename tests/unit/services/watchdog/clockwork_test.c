/* What events do to clocks: started, met, paused, ended, begun anew, and what is told on the way. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "services/watchdog/clockwork.h"

#define HOUR INT64_C(3600000000)
#define DAY  (24 * HOUR)

static const char calendar_text[] =
    "zone: Asia/Shanghai\nweek:\n  mon: [\"08:30-12:00\", \"13:30-17:30\"]\n  tue: [\"08:30-12:00\", \"13:30-17:30\"]\n"
    "  wed: [\"08:30-12:00\", \"13:30-17:30\"]\n  thu: [\"08:30-12:00\", \"13:30-17:30\"]\n"
    "  fri: [\"08:30-12:00\", \"13:30-17:30\"]\n  sat: off\n  sun: off\n";

static const char policy_text[] =
    "policy: test\nversion: 1\neffective_from: 2020-01-01\nname: {zh: 测试, en: Test}\nbasis: {zh: 合同, en: "
    "contract}\n"
    "calendar: office\n"
    "defaults:\n  pause: [outside_party]\n  warn: [50, 80]\n  warn_to: [handler]\n  ladder:\n"
    "    - {percent: 100, to: [handler], level: warning}\n    - {percent: 200, to: [department_head], level: urgent}\n"
    "clocks:\n"
    "  - clock: response\n    step: first_contact\n    name: {zh: 联系, en: Contact}\n    start: received\n    stop: "
    "contacted\n    limit: 10h\n"
    "    overrides:\n      - {when: {complexity: complex}, limit: 20h}\n"
    "  - clock: acknowledgement\n    name: {zh: 接收, en: Acceptance}\n    start: [assigned, reassigned]\n"
    "    restart: true\n    stop: acknowledged\n    limit: 2h\n    pause: []\n"
    "  - clock: investigation\n    name: {zh: 调查, en: Investigation}\n    start: [received, reopened]\n"
    "    stop: investigated\n    skip: rectified\n    limit: 5wd\n"
    "  - clock: rectification\n    name: {zh: 整改, en: Rectification}\n    start: plan_confirmed\n    restart: true\n"
    "    stop: rectified\n    limit: plan_deadline\n"
    "  - clock: progress\n    name: {zh: 进展, en: Progress}\n    start: assigned\n    stop: progress_told\n"
    "    repeat: true\n    limit: 7d\n"
    "  - clock: appointment\n    name: {zh: 上门, en: Visit}\n    start: appointment_agreed\n    restart: true\n"
    "    stop: work_order_done\n    skip: work_order_cancelled\n    limit: appointment_end\n";

static const char safety_text[] =
    "policy: safety\nversion: 1\neffective_from: 2020-01-01\nname: {zh: 安全, en: Safety}\ncalendar: office\n"
    "applies_to: {severity: major}\n"
    "clocks:\n  - clock: danger\n    name: {zh: 安全, en: Safety}\n    start: received\n    stop: evaluated\n    "
    "limit: 4h\n"
    "    warn: [50]\n    warn_to: handler\n    ladder: [{percent: 100, to: handler}]\n";

static struct arena arena;
static struct calendar office;
static struct sla_policy policies[2];
static struct sla_book book;
static struct zone zone;
static struct promises promises;
static struct clock_case the_case;
static struct clock_changes changes;
static int64_t start_us;

static const struct calendar *calendar_of(const struct promises *p, const char *name)
{
    (void)p;
    return strcmp(name, "office") == 0 ? &office : NULL;
}

static void set_up(void)
{
    arena_init(&arena, 0);
    cr_assert_eq(calendar_load_text(&arena, "office", calendar_text, strlen(calendar_text), 2024, 2028, &office), 0,
                 "%s", err_text());
    cr_assert_eq(sla_policy_load_text(&arena, "test", policy_text, strlen(policy_text), NULL, &policies[0]), 0, "%s",
                 err_text());
    cr_assert_eq(sla_policy_load_text(&arena, "safety", safety_text, strlen(safety_text), NULL, &policies[1]), 0, "%s",
                 err_text());
    book = (struct sla_book){ "demo", policies, 2 };
    cr_assert_eq(sla_book_sort(&arena, &book), 0, "%s", err_text());
    cr_assert_eq(zone_load(&arena, "Asia/Shanghai", 2024, 2028, &zone), 0);
    promises = (struct promises){ &book, &zone, calendar_of };
    the_case = (struct clock_case){ .project = "YHHY", .category = "" };
    changes = (struct clock_changes){ .arena = &arena };
    cr_assert(rfc3339_parse("2026-03-02T10:00:00+08:00", 25, &start_us)); /* a Monday */
}

static void tear_down(void)
{
    arena_done(&arena);
}

TestSuite(clockwork, .init = set_up, .fini = tear_down);

static void event(struct clock_event e)
{
    int r = clockwork_apply(&changes, &promises, &the_case, &e);

    cr_assert_eq(r, 0, "%s", err_text());
}

static void happens(enum sla_event what, int64_t at_us)
{
    event((struct clock_event){ .what = what, .at_us = at_us });
}

static struct case_clock *clock_of(const char *name, int cycle)
{
    for (size_t i = 0; i < the_case.clocks.count; i++)
        if (strcmp(the_case.clocks.items[i]->name, name) == 0 && the_case.clocks.items[i]->cycle == cycle)
            return the_case.clocks.items[i];
    return NULL;
}

static size_t told(enum change_kind kind, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < changes.count; i++)
        n += changes.items[i].kind == kind && strcmp(changes.items[i].clock.name, name) == 0;
    return n;
}

Test(clockwork, a_receipt_starts_what_is_promised_from_it)
{
    const struct case_clock *c;

    happens(SLA_RECEIVED, start_us);
    cr_assert_eq(the_case.clocks.count, 2);
    cr_assert_null(clock_of("danger", 1));
    c = clock_of("response", 1);
    cr_assert_not_null(c);
    cr_expect_eq(c->due_us, start_us + 10 * HOUR);
    cr_expect_eq(c->point_count, 4);
    cr_expect_eq(c->points[0], start_us + 5 * HOUR);
    cr_expect_eq(c->points[1], start_us + 8 * HOUR);
    cr_expect_eq(c->points[2], c->due_us);
    cr_expect_eq(c->points[3], start_us + 20 * HOUR);
    cr_expect_eq(*case_clock_next(c), start_us + 5 * HOUR);
    cr_expect_eq(told(CHANGE_STARTED, "response"), 1);
    cr_expect_str_eq(c->step, "first_contact");
    cr_expect_str_eq(clock_of("investigation", 1)->step, "investigation", "its name, where the policy does not say");
}

Test(clockwork, a_stop_meets_only_its_own_clock)
{
    happens(SLA_RECEIVED, start_us);
    happens(SLA_CONTACTED, start_us + HOUR);
    cr_expect_eq(clock_of("response", 1)->state, CLOCK_MET);
    cr_expect_eq(clock_of("response", 1)->ended_us, start_us + HOUR);
    cr_expect_null(case_clock_next(clock_of("response", 1)));
    cr_expect_eq(clock_of("investigation", 1)->state, CLOCK_RUNNING);
    cr_expect_eq(told(CHANGE_POINT, "response"), 0);
    happens(SLA_CONTACTED, start_us + 2 * HOUR);
    cr_expect_eq(told(CHANGE_MET, "response"), 1, "a second contact meets nothing");
}

Test(clockwork, what_had_been_reached_is_told_before_the_stop_and_nothing_after_it)
{
    happens(SLA_RECEIVED, start_us);
    happens(SLA_CONTACTED, start_us + 11 * HOUR);
    cr_assert_eq(told(CHANGE_POINT, "response"), 3);
    cr_expect_eq(changes.items[changes.count - 1].kind, CHANGE_MET);
    cr_expect_eq(changes.items[changes.count - 2].percent, 100);
    cr_expect_eq(changes.items[changes.count - 2].at_us, start_us + 10 * HOUR);
}

Test(clockwork, done_at_the_due_instant_itself_is_in_time)
{
    happens(SLA_RECEIVED, start_us);
    happens(SLA_CONTACTED, start_us + 10 * HOUR);
    cr_expect_eq(told(CHANGE_POINT, "response"), 2, "two warnings, no breach");
}

Test(clockwork, a_pause_moves_the_due_instant_by_its_length_and_no_other_reason_does)
{
    happens(SLA_RECEIVED, start_us);
    event((struct clock_event){
        .what = SLA_PAUSED, .at_us = start_us + 6 * HOUR, .pause_reason = SLA_PAUSE_OUTSIDE_PARTY });
    cr_expect_eq(clock_of("response", 1)->state, CLOCK_WAITING);
    cr_expect_null(case_clock_next(clock_of("response", 1)));
    cr_expect_eq(told(CHANGE_PAUSED, "response"), 1);
    cr_expect_eq(told(CHANGE_POINT, "response"), 1, "the first warning came before the pause");
    happens(SLA_RESUMED, start_us + 9 * HOUR);
    cr_expect_eq(clock_of("response", 1)->state, CLOCK_RUNNING);
    cr_expect_eq(clock_of("response", 1)->due_us, start_us + 13 * HOUR);
    cr_expect_eq(clock_of("response", 1)->fired, 1, "a point that was told is not told again");
    cr_expect_eq(*case_clock_next(clock_of("response", 1)), start_us + 11 * HOUR);
    cr_expect_eq(told(CHANGE_RESUMED, "response"), 1);

    event(
        (struct clock_event){ .what = SLA_PAUSED, .at_us = start_us + 10 * HOUR, .pause_reason = SLA_PAUSE_AUTHORITY });
    cr_expect_eq(clock_of("response", 1)->state, CLOCK_RUNNING, "the policy does not allow that reason");
}

Test(clockwork, a_clock_that_starts_during_a_pause_waits_and_one_without_pauses_does_not)
{
    event((struct clock_event){ .what = SLA_PAUSED, .at_us = start_us, .pause_reason = SLA_PAUSE_OUTSIDE_PARTY });
    happens(SLA_RECEIVED, start_us + HOUR);
    happens(SLA_ASSIGNED, start_us + HOUR);
    cr_expect_eq(clock_of("response", 1)->state, CLOCK_WAITING);
    cr_expect_eq(clock_of("acknowledgement", 1)->state, CLOCK_RUNNING);
    happens(SLA_RESUMED, start_us + 3 * HOUR);
    cr_expect_eq(clock_of("response", 1)->due_us, start_us + 13 * HOUR);
}

Test(clockwork, a_classification_changes_limits_and_brings_what_binds_only_now)
{
    happens(SLA_RECEIVED, start_us);
    event((struct clock_event){ .what = SLA_ASSIGNED,
                                .at_us = start_us + HOUR,
                                .category = "repair.leakage",
                                .severity = SLA_MAJOR,
                                .complexity = SLA_COMPLEX });
    cr_expect_eq(clock_of("response", 1)->due_us, start_us + 20 * HOUR);
    cr_expect_eq(told(CHANGE_DUE, "response"), 1);
    cr_assert_not_null(clock_of("danger", 1));
    cr_expect_eq(clock_of("danger", 1)->started_us, start_us, "from the receipt, not from the classification");
    event((struct clock_event){ .what = SLA_ASSIGNED, .at_us = start_us + 2 * HOUR, .severity = SLA_GENERAL });
    cr_expect_eq(clock_of("danger", 1)->state, CLOCK_NOT_PROMISED);
}

/* A changed clock is a row to be written: most classifications change no limit. */
Test(clockwork, a_classification_that_changes_no_limit_changes_no_clock)
{
    happens(SLA_RECEIVED, start_us);
    for (size_t i = 0; i < the_case.clocks.count; i++)
        the_case.clocks.items[i]->changed = false;
    event((struct clock_event){
        .what = SLA_ASSIGNED, .at_us = start_us + HOUR, .category = "repair", .complexity = SLA_SIMPLE });
    cr_expect_not(clock_of("response", 1)->changed);
    cr_expect_not(clock_of("investigation", 1)->changed);
    cr_expect(clock_of("acknowledgement", 1)->changed);
    event((struct clock_event){ .what = SLA_ASSIGNED, .at_us = start_us + HOUR, .complexity = SLA_COMPLEX });
    cr_expect(clock_of("response", 1)->changed, "20 hours instead of 10");
    cr_expect_not(clock_of("investigation", 1)->changed);
}

Test(clockwork, passing_on_begins_a_new_cycle_and_the_old_one_stays_as_it_was)
{
    happens(SLA_ASSIGNED, start_us);
    happens(SLA_REASSIGNED, start_us + 3 * HOUR);
    cr_expect_eq(clock_of("acknowledgement", 1)->state, CLOCK_RESTARTED);
    cr_expect_eq(clock_of("acknowledgement", 1)->due_us, start_us + 2 * HOUR);
    cr_expect_eq(clock_of("acknowledgement", 2)->due_us, start_us + 5 * HOUR);
    cr_expect_eq(told(CHANGE_POINT, "acknowledgement"), 3, "two warnings and the breach of the first");
    cr_expect_eq(the_case.bounces, 1);
    happens(SLA_ACKNOWLEDGED, start_us + 4 * HOUR);
    cr_expect_eq(clock_of("acknowledgement", 2)->state, CLOCK_MET);
    cr_expect_eq(the_case.between_us, 4 * HOUR, "from the first assignment until somebody had it");
    cr_expect_eq(the_case.between_since_us, 0);
}

Test(clockwork, a_repeating_clock_starts_anew_when_it_is_met)
{
    happens(SLA_ASSIGNED, start_us);
    happens(SLA_PROGRESS_TOLD, start_us + DAY);
    happens(SLA_PROGRESS_TOLD, start_us + 3 * DAY);
    cr_expect_eq(clock_of("progress", 2)->state, CLOCK_MET);
    cr_assert_not_null(clock_of("progress", 3));
    cr_expect_eq(clock_of("progress", 3)->due_us, start_us + 10 * DAY);
    cr_expect_null(clock_of("progress", 4));
}

Test(clockwork, an_agreed_deadline_is_its_own_and_a_skip_ends_without_a_verdict)
{
    happens(SLA_RECEIVED, start_us);
    event((struct clock_event){ .what = SLA_PLAN_CONFIRMED, .at_us = start_us, .agreed_us = start_us + 3 * DAY });
    cr_expect_eq(clock_of("rectification", 1)->due_us, start_us + 3 * DAY);
    event(
        (struct clock_event){ .what = SLA_PLAN_CONFIRMED, .at_us = start_us + HOUR, .agreed_us = start_us + 9 * DAY });
    cr_expect_eq(clock_of("rectification", 2)->due_us, start_us + 9 * DAY);
    happens(SLA_RECTIFIED, start_us + DAY);
    cr_expect_eq(clock_of("rectification", 2)->state, CLOCK_MET);
    cr_expect_eq(clock_of("investigation", 1)->state, CLOCK_SKIPPED);
    cr_expect_eq(told(CHANGE_ENDED, "investigation"), 1);
}

/* Somebody may agree on any date; the years of the calendars are no reason to lose the clocks of the case. */
Test(clockwork, an_agreed_deadline_may_lie_beyond_the_calendars)
{
    const int64_t far[] = { start_us + 3000 * DAY, INT64_C(253402300799000000) /* the last that a command may name */ };
    const struct case_clock *c;

    for (int i = 0; i < 2; i++) {
        event((struct clock_event){ .what = SLA_PLAN_CONFIRMED, .at_us = start_us + i * HOUR, .agreed_us = far[i] });
        c = clock_of("rectification", i + 1);
        cr_assert_not_null(c);
        cr_expect_eq(c->state, CLOCK_RUNNING);
        cr_expect_eq(c->due_us, far[i]);
    }
    happens(SLA_RECTIFIED, start_us + DAY);
    cr_expect_eq(c->state, CLOCK_MET);
}

/* R24: each work order has its own appointment. */
Test(clockwork, the_appointments_of_two_work_orders_do_not_touch_each_other)
{
    const struct clock_event agreed[] = {
        { .what = SLA_APPOINTMENT_AGREED, .at_us = start_us, .agreed_us = start_us + 5 * HOUR, .work_order = 1 },
        { .what = SLA_APPOINTMENT_AGREED, .at_us = start_us, .agreed_us = start_us + 7 * HOUR, .work_order = 2 },
        { .what = SLA_APPOINTMENT_AGREED, .at_us = start_us + HOUR, .agreed_us = start_us + 9 * HOUR, .work_order = 2 },
    };
    const struct case_clock *first, *second;

    for (size_t i = 0; i < 3; i++)
        event(agreed[i]);
    cr_assert_eq(the_case.clocks.count, 3);
    first = the_case.clocks.items[0];
    second = the_case.clocks.items[2];
    cr_expect(first->work_order == 1 && first->cycle == 1 && first->state == CLOCK_RUNNING);
    cr_expect(second->work_order == 2 && second->cycle == 2 && second->due_us == start_us + 9 * HOUR);
    event((struct clock_event){ .what = SLA_WORK_ORDER_DONE, .at_us = start_us + 2 * HOUR, .work_order = 2 });
    cr_expect_eq(second->state, CLOCK_MET);
    cr_expect_eq(first->state, CLOCK_RUNNING, "the other one is not done");
    event((struct clock_event){ .what = SLA_WORK_ORDER_CANCELLED, .at_us = start_us + 3 * HOUR, .work_order = 1 });
    cr_expect_eq(first->state, CLOCK_SKIPPED);
}

/* R14: the case waits for two things; one of them comes. */
Test(clockwork, a_resumption_ends_the_wait_that_it_names_and_no_other)
{
    happens(SLA_RECEIVED, start_us);
    event((struct clock_event){ .what = SLA_PAUSED, .at_us = start_us, .pause_reason = SLA_PAUSE_OUTSIDE_PARTY });
    event((struct clock_event){ .what = SLA_PAUSED, .at_us = start_us, .pause_reason = SLA_PAUSE_INFORMATION });
    event((struct clock_event){ .what = SLA_RESUMED, .at_us = start_us + HOUR, .pause_reason = SLA_PAUSE_INFORMATION });
    cr_expect_eq(clock_of("response", 1)->state, CLOCK_WAITING);
    event(
        (struct clock_event){ .what = SLA_RESUMED, .at_us = start_us + HOUR, .pause_reason = SLA_PAUSE_OUTSIDE_PARTY });
    cr_expect_eq(clock_of("response", 1)->state, CLOCK_RUNNING);
    cr_expect_eq(clock_of("response", 1)->due_us, start_us + 11 * HOUR);
}

Test(clockwork, a_case_that_ended_while_it_waited_does_not_wait_when_it_is_opened_again)
{
    happens(SLA_RECEIVED, start_us);
    event((struct clock_event){ .what = SLA_PAUSED, .at_us = start_us, .pause_reason = SLA_PAUSE_OUTSIDE_PARTY });
    happens(SLA_WITHDRAWN, start_us + HOUR);
    happens(SLA_REOPENED, start_us + DAY);
    cr_expect_eq(clock_of("investigation", 2)->state, CLOCK_RUNNING);
}

Test(clockwork, the_end_of_a_case_ends_all_and_a_reopening_starts_a_new_cycle)
{
    int64_t first_due;

    happens(SLA_RECEIVED, start_us);
    happens(SLA_ASSIGNED, start_us + HOUR);
    first_due = clock_of("investigation", 1)->due_us;
    happens(SLA_WITHDRAWN, start_us + 2 * HOUR);
    for (size_t i = 0; i < the_case.clocks.count; i++) {
        cr_expect_eq(the_case.clocks.items[i]->state, CLOCK_CASE_ENDED);
        cr_expect_null(case_clock_next(the_case.clocks.items[i]));
    }
    happens(SLA_ASSIGNED, start_us + 3 * HOUR);
    cr_expect_null(clock_of("acknowledgement", 2), "nothing starts in a case that has ended");
    happens(SLA_REOPENED, start_us + 10 * DAY);
    cr_expect_eq(clock_of("investigation", 1)->due_us, first_due);
    cr_expect_eq(clock_of("investigation", 1)->state, CLOCK_CASE_ENDED);
    cr_assert_not_null(clock_of("investigation", 2));
    cr_expect_gt(clock_of("investigation", 2)->due_us, start_us + 10 * DAY, "not breached at once");
    cr_expect_eq(told(CHANGE_POINT, "investigation"), 0);
}

Test(clockwork, another_version_moves_a_running_clock_only_when_it_is_applied_to_it)
{
    static struct sla_policy both[2];
    char *text = arena_strdup(&arena, policy_text);

    memcpy(strstr(text, "version: 1"), "version: 2", 10);
    memcpy(strstr(text, "limit: 10h"), "limit: 12h", 10);
    memcpy(strstr(text, "first_contact"), "first_contakt", 13);
    both[0] = *sla_policy_version(&book, "test", 1);
    cr_assert_eq(sla_policy_load_text(&arena, "test 2", text, strlen(text), NULL, &both[1]), 0, "%s", err_text());
    happens(SLA_RECEIVED, start_us);
    book = (struct sla_book){ "demo", both, 2 };
    cr_assert_eq(sla_book_sort(&arena, &book), 0, "%s", err_text());
    cr_assert_eq(clockwork_recompute(&changes, &promises, &the_case, clock_of("response", 1), 0, start_us + HOUR), 0);
    cr_expect_eq(clock_of("response", 1)->due_us, start_us + 10 * HOUR);
    cr_expect_eq(told(CHANGE_DUE, "response"), 0);
    cr_assert_eq(clockwork_recompute(&changes, &promises, &the_case, clock_of("response", 1), 2, start_us + HOUR), 0);
    cr_expect_eq(clock_of("response", 1)->due_us, start_us + 12 * HOUR);
    cr_expect_eq(clock_of("response", 1)->policy_version, 2);
    cr_expect_str_eq(clock_of("response", 1)->step, "first_contakt");
    cr_expect_eq(told(CHANGE_DUE, "response"), 1);
}

Test(clockwork, a_deadline_that_becomes_firm_is_told_even_where_it_stays_the_same)
{
    office.known_us = start_us;
    happens(SLA_RECEIVED, start_us);
    cr_expect(clock_of("response", 1)->provisional);
    cr_assert_eq(clockwork_recompute(&changes, &promises, &the_case, clock_of("response", 1), 0, start_us + HOUR), 0);
    cr_expect_eq(told(CHANGE_DUE, "response"), 0, "nothing is known yet");
    office.known_us = start_us + 300 * DAY;
    cr_assert_eq(clockwork_recompute(&changes, &promises, &the_case, clock_of("response", 1), 0, start_us + HOUR), 0);
    cr_expect_not(clock_of("response", 1)->provisional);
    cr_expect_eq(clock_of("response", 1)->due_us, start_us + 10 * HOUR);
    cr_expect_eq(told(CHANGE_DUE, "response"), 1);
}

Test(clockwork, a_missing_calendar_is_said_and_not_guessed)
{
    struct clock_event e = { .what = SLA_RECEIVED, .at_us = start_us };

    for (size_t i = 0; i < 2; i++)
        policies[i].calendar = "nowhere";
    cr_expect_eq(clockwork_apply(&changes, &promises, &the_case, &e), ERR_POISON);
    cr_expect(strstr(err_text(), "nowhere"));
}
