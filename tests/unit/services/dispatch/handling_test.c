/* The life of a case, rule by rule (docs/domain.md): who may do what when, what follows and what is told. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/support/casework.h"

static struct casework w;

static void setup(void)
{
    casework_init(&w);
}

static void teardown(void)
{
    casework_done(&w);
}

TestSuite(handling, .init = setup, .fini = teardown);

static void assert_state(enum case_status status)
{
    cr_assert_str_eq(case_status_name((int)w.c->status), case_status_name((int)status));
}

/* ---- R8, R10: classified, given, refused, awarded ---- */

Test(handling, an_answer_that_does_not_satisfy_is_taken_up_again)
{
    /* R29; whoever has it and did not say so yet can still say so (R11) */
    casework_bring(&w, CASE_ANSWERED);
    DONE(&w, "complainant", "dissatisfy", "{}");
    assert_state(CASE_ACKNOWLEDGED);
    cr_expect(casework_allows(&w, w.c->assignee, "acknowledge"));
    DONE(&w, w.c->assignee, "acknowledge", "{}");
    assert_state(CASE_ACKNOWLEDGED);
    REFUSED(&w, w.c->assignee, "acknowledge", "{}", "acknowledged_already", "R11");
    DONE(&w, w.c->assignee, "start_investigation", "{}");
}

Test(handling, after_it_went_to_and_fro_customer_service_awards_it)
{
    /* R10: three times at most */
    DONE(&w, "E3", "refuse", "{\"proposed_department\": \"environment\"}");
    DONE(&w, "N3", "refuse", "{\"proposed_department\": \"engineering\"}");
    DONE(&w, w.c->assignee, "refuse", "{\"proposed_department\": \"environment\"}");
    assert_state(CASE_TO_CLASSIFY);
    REFUSED(&w, "E1", "award", "{}", "wrong_role", "R10");
    DONE(&w, "C3", "award", "{\"department_code\": \"environment\"}");
    TOLD(&w, "reassigned");
    cr_expect(EVENT(&w, Reassigned, "reassigned")->awarded);
    assert_state(CASE_ASSIGNED);
    REFUSED(&w, w.c->assignee, "refuse", "{\"proposed_department\": \"engineering\"}", "awarded", "R10");
}

/* ---- R11: acknowledged, or passed on ---- */

Test(handling, whoever_gets_it_by_hand_has_somebody_beside_him_again)
{
    /* the row of those who did not acknowledge is broken: the next one comes before the head once more */
    cr_assert_eq(casework_pass_on(&w), 0);
    DONE(&w, "C1", "reassign", "{\"department_code\": \"engineering\", \"assignee_id\": \"E5\"}");
    cr_assert_eq(casework_pass_on(&w), 0);
    cr_expect_str_neq(w.c->assignee, "E1");
    casework_bring(&w, CASE_WITHDRAWN);
    cr_expect_eq(casework_pass_on(&w), HANDLING_REFUSED, "it is over");
}

/* ---- R12: impartial and trained ---- */

Test(handling, a_recusal_told_later_than_it_was_said_does_not_turn_time_back)
{
    DONE(&w, "E3", "acknowledge", "{}");
    w.at_us = w.now_us - CASEWORK_HOUR_US / 2;
    DONE(&w, "C1", "recuse", "{\"staff_id\": \"E3\"}");
    cr_expect_eq(w.c->since_us, w.now_us);
}

Test(handling, it_is_not_given_away_before_it_was_given)
{
    casework_bring(&w, CASE_INVESTIGATED);
    DONE(&w, "E1", "reassign", "{}");
    w.at_us = w.now_us - 2 * CASEWORK_HOUR_US;
    DONE(&w, "E1", "reassign", "{}");
    cr_expect_eq(w.c->assigned_us, w.now_us);
}

/* ---- R13: the joint inspection of a major case ---- */

Test(handling, an_inspection_that_nobody_owes_any_more_ends_with_the_case)
{
    casework_make_major(&w);
    DONE(&w, "C1", "classify", "{\"category_code\": \"repair_request\", \"severity\": \"SEVERITY_GENERAL\"}");
    DONE(&w, "complainant", "withdraw", "{}");
    cr_expect_eq(w.c->facts & FACT_INSPECTION_OPEN, 0);
}

/* ---- R14, R27: waiting and asking ---- */

Test(handling, what_waits_is_resumed_wherever_it_went_meanwhile)
{
    DONE(&w, "E3", "complete", "{}");
    DONE(&w, "E3", "wait", "{}");
    REFUSED(&w, "E3", "feed_back", "{}", "waiting", "R14");
    DONE(&w, "complainant", "confirm", "{}");
    DONE(&w, "E3", "resume", "{}");
    TOLD(&w, "resumed");
    assert_state(CASE_CONFIRMED);
}

Test(handling, without_an_answer_it_goes_on)
{
    DONE(&w, "E3", "request_information", "{}");
    casework_bring(&w, CASE_FED_BACK);
    cr_assert_eq(casework_system(&w, CMD_GIVE_INFORMATION), 0, "wherever it went meanwhile");
    cr_expect(EVENT(&w, InformationGiven, "information_given")->lapsed);
    cr_expect_str_eq(EVENT(&w, InformationGiven, "information_given")->stage, "assigned");
    cr_expect_eq(casework_system(&w, CMD_GIVE_INFORMATION), HANDLING_REFUSED);
    cr_expect_str_eq(w.h.refusal.code, "nothing_asked");
}

/* ---- R28: evaluated, fed back, confirmed, closed, opened again ---- */

Test(handling, it_is_opened_again_within_the_window_and_not_after)
{
    casework_bring(&w, CASE_CLOSED);
    cr_expect_eq(w.c->reopen_until_us, w.now_us + 30 * CASEWORK_DAY_US);
    w.now_us = w.c->reopen_until_us + 1;
    REFUSED(&w, "complainant", "reopen", "{}", "too_late_to_reopen", "R28");
    w.now_us = w.c->reopen_until_us;
    DONE(&w, "complainant", "reopen", "{}");
    TOLD(&w, "reopened");
    cr_expect_eq(EVENT(&w, Reopened, "reopened")->times, 1);
    assert_state(CASE_REOPENED);
    cr_expect_str_eq(w.c->assignee, "E3", "whoever did it");
    DONE(&w, "E3", "acknowledge", "{}");
    REFUSED(&w, "E3", "complete", "{}", "not_simple", "R30");
}

Test(handling, the_same_window_holds_for_the_archive)
{
    casework_bring(&w, CASE_ARCHIVED);
    w.now_us = w.c->reopen_until_us + 1;
    REFUSED(&w, "complainant", "reopen", "{}", "too_late_to_reopen", "R28");
    w.now_us = w.c->reopen_until_us;
    DONE(&w, "complainant", "reopen", "{}");
    cr_expect_eq(w.c->retain_until_us, 0);
}

Test(handling, only_what_was_closed_is_opened_again)
{
    /* closed once, opened again, and withdrawn: that first close opens no window */
    casework_bring(&w, CASE_REOPENED);
    DONE(&w, "complainant", "withdraw", "{}");
    REFUSED(&w, "complainant", "reopen", "{}", "wrong_state", "R28");
    DONE(&w, "C3", "archive", "{}");
    REFUSED(&w, "complainant", "reopen", "{}", "too_late_to_reopen", "R28");
}

/* ---- who is who ---- */

Test(handling, nobody_claims_to_be_the_system)
{
    casework_bring(&w, CASE_FED_BACK);
    REFUSED(&w, "system:dispatch", "remind", "{}", "wrong_role", "R28");
    cr_expect_eq(casework_system(&w, CMD_REMIND), 0);
}

Test(handling, what_the_system_does_without_fields_it_does)
{
    /* the table lets it, though today only points do the same */
    cr_assert_eq(casework_system(&w, CMD_REASSIGN), 0);
    TOLD(&w, "reassigned");
    cr_assert_eq(casework_system(&w, CMD_ESCALATE), 0);
    TOLD(&w, "escalated");
}

/* ---- what may be done now ---- */

Test(handling, what_is_listed_hangs_on_the_work_orders_there_are)
{
    cr_expect(!casework_allows(&w, "E3", "dispatch_work"));
    DONE(&w, "E3", "open_work_order", "{\"kind\": \"WORK_KIND_FREE\"}");
    cr_expect(casework_allows(&w, "E3", "dispatch_work"));
    cr_expect(!casework_allows(&w, "E3", "quote_work"), "it is free");
    cr_expect(!casework_allows(&w, "complainant", "sign_work"), "it is not done");
    DONE(&w, "E3", "cancel_work", "{}");
    cr_expect(!casework_allows(&w, "E3", "dispatch_work"), "it is cancelled");
}
