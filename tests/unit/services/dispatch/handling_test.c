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

static void assert_level(int level, Redress__V1__EscalationCondition why)
{
    const Redress__V1__Escalated *e = EVENT(&w, Escalated, "escalated");

    cr_assert_not_null(e);
    cr_expect_eq(e->condition, why);
    cr_expect_eq((int)e->to_level, level);
    cr_expect_eq(w.c->level, level);
    cr_expect_geq(e->n_to, 1, "never nobody (R35)");
}

/* ---- R13: the joint inspection of a major case ---- */

Test(handling, a_major_case_opens_an_inspection_and_tells_management)
{
    DONE(&w, "C1", "classify", "{\"category_code\": \"house_quality.structural_hazard\"}");
    TOLD(&w, "assigned", "inspection_opened", "escalated");
    assert_level(4, REDRESS__V1__ESCALATION_CONDITION__ESCALATION_CONDITION_MAJOR);
    DONE(&w, "C1", "classify", "{\"category_code\": \"house_quality.structural_hazard\"}");
    TOLD(&w, "assigned");
}

Test(handling, a_major_case_ends_only_after_its_inspection)
{
    casework_make_major(&w);
    REFUSED(&w, "complainant", "withdraw", "{}", "not_inspected", "R13");
    w.other->severity = w.c->severity;
    w.other->facts |= FACT_INSPECTION_OPEN;
    REFUSED(&w, "C3", "merge", "{}", "not_inspected", "R13");
    casework_make_complex(&w);
    DONE(&w, "E3", "acknowledge", "{}");
    DONE(&w, "E3", "start_investigation", "{}");
    DONE(&w, "E3", "complete_investigation", "{}");
    w.c->status = CASE_CONFIRMED;
    REFUSED(&w, "C3", "close", "{}", "not_inspected", "R13");
    DONE(&w, "C3", "arrange_inspection", "{}");
    DONE(&w, "M1", "record_inspection", "{}");
    TOLD(&w, "inspected");
    REFUSED(&w, "M1", "record_inspection", "{}", "no_inspection", "R13");
    DONE(&w, "C3", "close", "{}");
}

Test(handling, not_even_silence_closes_a_major_case_without_its_inspection)
{
    casework_make_major(&w);
    casework_bring(&w, CASE_FED_BACK);
    cr_assert_eq(casework_system(&w, CMD_REMIND), 0);
    cr_assert_eq(casework_system(&w, CMD_REMIND), 0);
    cr_expect_eq(casework_system(&w, CMD_CLOSE), HANDLING_REFUSED);
    cr_expect_str_eq(w.h.refusal.code, "not_inspected");
    DONE(&w, "M1", "record_inspection", "{}");
    cr_expect_eq(casework_system(&w, CMD_CLOSE), 0);
}

Test(handling, nobody_inspects_what_is_not_major)
{
    REFUSED(&w, "C3", "arrange_inspection", "{}", "no_inspection", "R13");
    REFUSED(&w, "C3", "record_inspection", "{}", "no_inspection", "R13");
    casework_make_major(&w);
    REFUSED(&w, "C3", "arrange_inspection", "{\"at\": \"2026-03-01T00:00:00Z\"}", "deadline_passed", "R26");
}

Test(handling, an_inspection_that_nobody_owes_any_more_ends_with_the_case)
{
    casework_make_major(&w);
    DONE(&w, "C1", "classify", "{\"category_code\": \"repair_request\", \"severity\": \"SEVERITY_GENERAL\"}");
    DONE(&w, "complainant", "withdraw", "{}");
    cr_expect_eq(w.c->facts & FACT_INSPECTION_OPEN, 0);
}

/* ---- R14, R27: waiting and asking ---- */

Test(handling, it_waits_visibly_until_it_is_resumed)
{
    const Redress__V1__Paused *e;

    DONE(&w, "E3", "wait", "{\"reason\": \"WAIT_REASON_OUTSIDE_PARTY\", \"until\": \"2026-03-20T00:00:00Z\"}");
    TOLD(&w, "paused");
    e = EVENT(&w, Paused, "paused");
    cr_expect_eq(e->reason, REDRESS__V1__WAIT_REASON__WAIT_REASON_OUTSIDE_PARTY);
    cr_expect_not_null(e->until);
    REFUSED(&w, "E3", "wait", "{}", "waiting", "R14");
    REFUSED(&w, "E3", "complete", "{}", "waiting", "R14");
    DONE(&w, "C3", "chase_party", "{}");
    DONE(&w, "C3", "chase_party", "{}");
    cr_expect_eq(EVENT(&w, PartyChased, "party_chased")->times, 2);
    DONE(&w, "E3", "resume", "{}");
    cr_expect_eq(EVENT(&w, Resumed, "resumed")->reason, REDRESS__V1__WAIT_REASON__WAIT_REASON_OUTSIDE_PARTY);
    REFUSED(&w, "E3", "resume", "{}", "not_waiting", "R14");
    REFUSED(&w, "E3", "chase_party", "{}", "not_waiting", "R14");
}

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

Test(handling, what_is_over_waits_for_nothing)
{
    DONE(&w, "E3", "request_information", "{}");
    DONE(&w, "E3", "wait", "{}");
    DONE(&w, "complainant", "withdraw", "{}");
    cr_expect_eq(w.c->waiting, 0);
    cr_expect_eq(w.c->question, CASE_SAME);
}

/* R27: the clock of the question would not hear of it. */
Test(handling, no_answer_is_older_than_its_question)
{
    DONE(&w, "E3", "request_information", "{}");
    w.at_us = w.now_us - 1;
    REFUSED(&w, "complainant", "give_information", "{}", "before_last_step", "R49");
    w.at_us = w.now_us;
    DONE(&w, "complainant", "give_information", "{}");
}

Test(handling, the_complainant_is_asked_once_in_a_stage)
{
    DONE(&w, "E3", "request_information", "{}");
    TOLD(&w, "information_requested", "paused");
    cr_expect_str_eq(EVENT(&w, InformationRequested, "information_requested")->stage, "assigned");
    REFUSED(&w, "E3", "request_information", "{}", "asked_already", "R27");
    DONE(&w, "complainant", "give_information", "{}");
    TOLD(&w, "information_given", "resumed");
    cr_expect(!EVENT(&w, InformationGiven, "information_given")->lapsed);
    REFUSED(&w, "E3", "request_information", "{}", "asked_already", "R27");
    REFUSED(&w, "complainant", "give_information", "{}", "nothing_asked", "R27");
    DONE(&w, "E3", "acknowledge", "{}");
    DONE(&w, "E3", "request_information", "{}");
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

/* ---- R15, R23: really spoken to, or tried ---- */

Test(handling, only_somebody_reached_was_contacted)
{
    DONE(&w, "E3", "contact", "{\"reached\": false}");
    TOLD(&w, "contact_attempted");
    cr_expect_eq(w.c->facts & FACT_CONTACTED, 0);
    DONE(&w, "agent:7", "contact", "{\"reached\": true, \"channel\": \"CONTACT_CHANNEL_PHONE\"}");
    TOLD(&w, "contacted");
    cr_expect_neq(w.c->facts & FACT_CONTACTED, 0);
    cr_expect_eq(EVENT(&w, Contacted, "contacted")->channel, REDRESS__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_PHONE);
    REFUSED(&w, "complainant", "contact", "{}", "wrong_role", "R15");
    DONE(&w, "E3", "tell_progress", "{}");
    TOLD(&w, "progress_told");
    DONE(&w, "complainant", "note", "{}");
    TOLD(&w, "noted");
}

/* ---- R20, R26: the plan ---- */

Test(handling, a_deadline_lies_ahead)
{
    casework_bring(&w, CASE_INVESTIGATED);
    REFUSED(&w, "E3", "propose_plan", "{\"deadline\": \"2026-03-02T02:00:00Z\"}", "deadline_passed", "R26");
    REFUSED(&w, "E3", "propose_plan", "{\"steps\": [{\"measure\": \"换管\"}]}", "deadline_passed", "R26");
    REFUSED(&w, "E3", "propose_plan",
            "{\"steps\": [{\"deadline\": \"2026-03-20T00:00:00Z\"}, {\"deadline\": \"2026-03-01T00:00:00Z\"}]}",
            "deadline_passed", "R26");
    DONE(&w, "E3", "propose_plan", "{\"deadline\": \"2026-03-02T02:00:01Z\"}");
    cr_expect_eq(EVENT(&w, PlanProposed, "plan_proposed")->plan, 1);
}

Test(handling, a_complex_case_needs_an_agreed_meeting_and_steps)
{
    static const char steps[] = "{\"steps\": [{\"deadline\": \"2026-03-20T00:00:00Z\"}]}";

    casework_make_complex(&w);
    DONE(&w, "E3", "acknowledge", "{}");
    REFUSED(&w, "E3", "complete", "{}", "not_simple", "R30");
    DONE(&w, "E3", "start_investigation", "{}");
    DONE(&w, "E3", "complete_investigation", "{}");
    REFUSED(&w, "E3", "propose_plan", steps, "no_meeting", "R26");
    DONE(&w, "E3", "hold_meeting", "{\"agreed\": false}");
    TOLD(&w, "meeting_held", "escalated");
    assert_level(3, REDRESS__V1__ESCALATION_CONDITION__ESCALATION_CONDITION_NO_AGREEMENT);
    REFUSED(&w, "E3", "propose_plan", steps, "no_meeting", "R26");
    DONE(&w, "C1", "hold_meeting", "{\"agreed\": true}");
    REFUSED(&w, "E3", "propose_plan", "{}", "no_meeting", "R26");
    DONE(&w, "E3", "propose_plan", steps);
    cr_expect_eq(w.c->plan_steps, 1);
    DONE(&w, "C1", "hold_meeting", "{\"agreed\": false}");
    REFUSED(&w, "E3", "propose_plan", steps, "no_meeting", "R26");
}

Test(handling, a_rejected_plan_is_followed_by_another_and_raises_the_case)
{
    casework_bring(&w, CASE_PLAN_PROPOSED);
    DONE(&w, "complainant", "reject_plan", "{}");
    TOLD(&w, "plan_rejected", "escalated");
    assert_level(2, REDRESS__V1__ESCALATION_CONDITION__ESCALATION_CONDITION_PLAN_REJECTED);
    assert_state(CASE_INVESTIGATED);
    REFUSED(&w, "complainant", "confirm_plan", "{}", "wrong_state", "R26");
    DONE(&w, "E3", "propose_plan", "{\"deadline\": \"2026-03-09T00:00:00Z\"}");
    cr_expect_eq(EVENT(&w, PlanProposed, "plan_proposed")->plan, 2);
    DONE(&w, "complainant", "confirm_plan", "{}");
    cr_expect_eq(EVENT(&w, PlanConfirmed, "plan_confirmed")->plan, 2);
    cr_expect_eq(EVENT(&w, PlanConfirmed, "plan_confirmed")->deadline->seconds, 1773014400, "the plan's own (R20)");
}

/* ---- R28: evaluated, fed back, confirmed, closed, opened again ---- */

static const struct {
    const char *json;
    bool proven;
} ways[] = {
    { "{\"way\": \"CONFIRMATION_WAY_CODE\"}", true },
    { "{\"way\": \"CONFIRMATION_WAY_SIGNATURE\"}", false },
    { "{\"way\": \"CONFIRMATION_WAY_PAPER\", \"recorded_by\": \"C3\"}", false },
    { "{\"way\": \"CONFIRMATION_WAY_PHONE\"}", false },
    { "{\"way\": \"CONFIRMATION_WAY_PHONE\", \"recorded_by\": \"C3\"}", true },
    { "{\"way\": \"CONFIRMATION_WAY_SIGNATURE\", \"evidence_sha256\": "
      "\"0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dE=\"}",
      true },
    { "{\"way\": \"CONFIRMATION_WAY_PAPER\", \"evidence_sha256\": \"0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dE=\"}",
      true },
};

Test(handling, a_yes_is_proven)
{
    static const struct {
        enum case_status in;
        const char *command;
    } said[] = { { CASE_PLAN_PROPOSED, "confirm_plan" }, { CASE_FED_BACK, "confirm" } };

    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
            struct casework other;

            casework_init(&other);
            casework_bring(&other, said[k].in);
            if (ways[i].proven)
                DONE(&other, "complainant", said[k].command, ways[i].json);
            else
                REFUSED(&other, "complainant", said[k].command, ways[i].json, "not_proven", "R28");
            casework_done(&other);
        }
}

Test(handling, what_did_not_work_goes_back_to_planning)
{
    casework_bring(&w, CASE_RECTIFIED);
    DONE(&w, "E3", "evaluate", "{\"effective\": false}");
    TOLD(&w, "evaluated");
    assert_state(CASE_INVESTIGATED);
    DONE(&w, "E3", "propose_plan", "{}");
    DONE(&w, "complainant", "confirm_plan", "{}");
    DONE(&w, "E3", "complete", "{}");
    REFUSED(&w, "E3", "feed_back", "{}", "not_simple", "R30");
    DONE(&w, "C3", "evaluate", "{\"effective\": true, \"third_party\": true}");
    cr_expect(EVENT(&w, Evaluated, "evaluated")->third_party);
    assert_state(CASE_EVALUATED);
}

Test(handling, an_unanswered_case_is_closed_only_after_its_reminders)
{
    casework_bring(&w, CASE_FED_BACK);
    REFUSED(&w, "C3", "close", "{}", "wrong_role", "R28"); /* only the policy's time closes it */
    cr_expect_eq(casework_system(&w, CMD_CLOSE), HANDLING_REFUSED);
    cr_assert_eq(casework_system(&w, CMD_REMIND), 0);
    cr_expect_eq(EVENT(&w, Reminded, "reminded")->times, 1);
    cr_expect_eq(casework_system(&w, CMD_CLOSE), HANDLING_REFUSED);
    DONE(&w, "agent:7", "remind", "{}");
    REFUSED(&w, "E3", "close", "{}", "wrong_role", "R28");
    cr_assert_eq(casework_system(&w, CMD_CLOSE), 0);
    cr_expect_eq(EVENT(&w, Closed, "closed")->because, REDRESS__V1__CLOSED_BECAUSE__CLOSED_BECAUSE_NO_ANSWER);
    assert_state(CASE_CLOSED);
}

Test(handling, reminders_count_anew_after_each_feedback)
{
    casework_bring(&w, CASE_FED_BACK);
    cr_assert_eq(casework_system(&w, CMD_REMIND), 0);
    cr_assert_eq(casework_system(&w, CMD_REMIND), 0);
    DONE(&w, "complainant", "dissatisfy", "{}");
    casework_bring(&w, CASE_FED_BACK);
    cr_expect_eq(casework_system(&w, CMD_CLOSE), HANDLING_REFUSED);
}

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

Test(handling, who_may_not_have_it_any_more_does_not_get_it_back)
{
    casework_bring(&w, CASE_CLOSED);
    casework_absent(&w, E3, true);
    DONE(&w, "complainant", "reopen", "{}");
    TOLD(&w, "reopened", "reassigned");
    cr_expect_str_neq(w.c->assignee, "E3");
    assert_state(CASE_REOPENED);
}

/* ---- R29 ---- */

Test(handling, dissatisfied_goes_back_to_planning_and_raises_it)
{
    casework_make_complex(&w);
    casework_bring(&w, CASE_FED_BACK);
    DONE(&w, "complainant", "dissatisfy", "{\"said\": \"还在漏\"}");
    TOLD(&w, "dissatisfied", "escalated");
    cr_expect_eq(EVENT(&w, Dissatisfied, "dissatisfied")->times, 1);
    assert_level(2, REDRESS__V1__ESCALATION_CONDITION__ESCALATION_CONDITION_DISSATISFIED);
    assert_state(CASE_INVESTIGATED);
    REFUSED(&w, "E3", "propose_plan", "{\"steps\": [{\"deadline\": \"2026-03-20T00:00:00Z\"}]}", "no_meeting", "R26");
    casework_bring(&w, CASE_FED_BACK);
    DONE(&w, "complainant", "dissatisfy", "{}");
    assert_level(3, REDRESS__V1__ESCALATION_CONDITION__ESCALATION_CONDITION_DISSATISFIED);
}

Test(handling, at_the_top_dissatisfaction_raises_it_no_further)
{
    casework_bring(&w, CASE_FED_BACK);
    cr_assert_eq(casework_escalate(&w, 4), 0);
    DONE(&w, "complainant", "dissatisfy", "{}");
    TOLD(&w, "dissatisfied");
}

/* ---- R30: a simple matter ---- */

Test(handling, a_lamp_goes_from_assigned_to_done_to_confirmed)
{
    DONE(&w, "E3", "complete", "{}");
    TOLD(&w, "rectified");
    cr_expect(EVENT(&w, Rectified, "rectified")->simple);
    DONE(&w, "complainant", "confirm", "{}");
    DONE(&w, "E3", "close", "{}");
    cr_expect_eq(EVENT(&w, Closed, "closed")->because, REDRESS__V1__CLOSED_BECAUSE__CLOSED_BECAUSE_CONFIRMED);
}

Test(handling, a_simple_matter_is_fed_back_without_an_evaluation)
{
    DONE(&w, "E3", "complete", "{}");
    DONE(&w, "C3", "feed_back", "{}");
    assert_state(CASE_FED_BACK);
}

Test(handling, what_followed_a_plan_is_not_told_as_simple)
{
    casework_bring(&w, CASE_RECTIFIED);
    cr_expect(!EVENT(&w, Rectified, "rectified")->simple);
}

Test(handling, what_is_major_is_not_simple)
{
    casework_make_major(&w);
    REFUSED(&w, "E3", "complete", "{}", "not_simple", "R30");
}

/* ---- R7: merged and split ---- */

Test(handling, it_goes_on_in_another_case_and_comes_out_again)
{
    DONE(&w, "C3", "merge", "{}");
    TOLD(&w, "merged", "absorbed");
    cr_expect_eq(w.h.events[0].on, w.c);
    cr_expect_eq(w.h.events[1].on, w.other);
    cr_expect_str_eq(EVENT(&w, Merged, "merged")->into_number, "TS-2");
    cr_expect_str_eq(EVENT(&w, Absorbed, "absorbed")->from_number, "TS-1");
    REFUSED(&w, "complainant", "reopen", "{}", "wrong_state", "R28");
    DONE(&w, "C3", "split", "{}");
    TOLD(&w, "reopened");
    cr_expect_str_eq(EVENT(&w, Reopened, "reopened")->split_from_id, "00000000-0000-0000-0000-000000000002");
    assert_state(CASE_REOPENED);
}

Test(handling, it_merges_into_what_is_there_alive_another_and_as_grave)
{
    struct case_state *other = w.other;

    w.other = NULL;
    REFUSED(&w, "C3", "merge", "{}", "not_mergeable", "R7");
    w.other = w.c;
    REFUSED(&w, "C3", "merge", "{}", "not_mergeable", "R7");
    w.other = other;
    casework_make_major(&w);
    DONE(&w, "M1", "record_inspection", "{}");
    REFUSED(&w, "C3", "merge", "{}", "not_mergeable", "R7");
    w.c = other;
    w.other = &w.cases[0];
    DONE(&w, "C3", "merge", "{}");
    w.c = &w.cases[0];
    w.other = other;
    REFUSED(&w, "C3", "merge", "{}", "not_mergeable", "R7");
}

/* ---- R32: open work keeps a case open ---- */

Test(handling, open_work_keeps_it_open)
{
    DONE(&w, "E3", "open_work_order", "{}");
    REFUSED(&w, "E3", "complete", "{}", "open_work_orders", "R32");
    REFUSED(&w, "complainant", "withdraw", "{}", "open_work_orders", "R32");
    REFUSED(&w, "C3", "merge", "{}", "open_work_orders", "R32");
    DONE(&w, "complainant", "cancel_work", "{}");
    DONE(&w, "E3", "complete", "{}");
    REFUSED(&w, "E3", "open_work_order", "{}", "wrong_state", "R31");
}

/* ---- R36, R47: afterwards ---- */

Test(handling, the_complainant_says_what_he_thinks_of_it_afterwards)
{
    static const char scores[] = "{\"goods_and_services\": 90, \"remarks\": \"好\"}";

    REFUSED(&w, "complainant", "answer_survey", scores, "wrong_state", "R36");
    casework_bring(&w, CASE_FED_BACK);
    DONE(&w, "complainant", "answer_survey", scores);
    casework_bring(&w, CASE_ARCHIVED);
    DONE(&w, "agent:7", "answer_survey", scores);
    TOLD(&w, "surveyed");
    cr_expect_eq(EVENT(&w, Surveyed, "surveyed")->goods_and_services->value, 90);
}

Test(handling, it_is_kept_its_years_and_as_long_as_it_is_held)
{
    casework_bring(&w, CASE_ARCHIVED);
    cr_expect_geq(w.c->retain_until_us - w.c->closed_us, INT64_C(3) * 365 * CASEWORK_DAY_US);
    cr_expect_eq(EVENT(&w, Archived, "archived")->retain_until->seconds, w.c->retain_until_us / 1000000);
    w.now_us = w.c->retain_until_us - 1;
    cr_expect_eq(casework_system(&w, CMD_ERASE), HANDLING_REFUSED);
    cr_expect_str_eq(w.h.refusal.code, "still_to_be_kept");
    w.now_us++;
    REFUSED(&w, "M1", "lift_legal_hold", "{}", "not_held", "R47");
    DONE(&w, "M1", "set_legal_hold", "{}");
    REFUSED(&w, "M1", "set_legal_hold", "{}", "held", "R47");
    cr_expect_eq(casework_system(&w, CMD_ERASE), HANDLING_REFUSED);
    cr_expect_str_eq(w.h.refusal.code, "held");
    DONE(&w, "C1", "lift_legal_hold", "{}");
    cr_assert_eq(casework_system(&w, CMD_ERASE), 0);
    TOLD(&w, "erased");
    assert_state(CASE_ERASED);
    REFUSED(&w, "M1", "set_legal_hold", "{}", "wrong_state", "R47");
}

/* ---- R49: in the order in which it was done ---- */

Test(handling, a_step_is_not_done_before_the_one_that_it_follows)
{
    casework_bring(&w, CASE_ACKNOWLEDGED);
    w.at_us = w.c->since_us - 1;
    REFUSED(&w, "E3", "start_investigation", "{}", "before_last_step", "R49");
    DONE(&w, "E3", "note", "{}");
    w.at_us = w.c->received_us - 1;
    REFUSED(&w, "E3", "note", "{}", "before_last_step", "R49");
    w.at_us = w.c->since_us;
    DONE(&w, "E3", "start_investigation", "{}");
}

/* Another instance's transaction began later than ours and was at the case first. */
Test(handling, now_is_not_before_what_was_done)
{
    struct handling h = { .now_us = w.now_us };

    cr_expect_eq(handling_now(&h, w.c), w.now_us);
    w.c->since_us = w.now_us + 5;
    cr_expect_eq(handling_now(&h, w.c), w.now_us + 5);
    w.c->assigned_us = w.now_us + 9;
    cr_expect_eq(handling_now(&h, w.c), w.now_us + 9);
}

/* ---- who is who ---- */

Test(handling, a_person_is_to_the_case_what_his_place_makes_him)
{
    cr_expect_eq(handling_roles(&w.tenant, w.c, "E3"), (uint32_t)ROLE_HANDLER);
    cr_expect_eq(handling_roles(&w.tenant, w.c, "E5"), (uint32_t)ROLE_DEPARTMENT_HEAD, "a deputy");
    cr_expect_eq(handling_roles(&w.tenant, w.c, "E1"), (uint32_t)ROLE_DEPARTMENT_HEAD);
    cr_expect_eq(handling_roles(&w.tenant, w.c, "N1"), 0);
    cr_expect_eq(handling_roles(&w.tenant, w.c, "C3"), (uint32_t)ROLE_SERVICE);
    cr_expect_eq(handling_roles(&w.tenant, w.c, "D1"), (uint32_t)ROLE_DEPARTMENT_HEAD,
                 "stands in for every head (R35)");
    cr_expect_eq(handling_roles(&w.tenant, w.c, "M2"), (uint32_t)ROLE_MANAGEMENT);
    cr_expect_eq(handling_roles(&w.tenant, w.c, "complainant"), (uint32_t)ROLE_COMPLAINANT);
    cr_expect_eq(handling_roles(&w.tenant, w.c, "agent:7"), (uint32_t)ROLE_AGENT);
    cr_expect_eq(handling_roles(&w.tenant, w.c, "agent:"), 0);
    cr_expect_eq(handling_roles(&w.tenant, w.c, "system:dispatch"), 0);
}

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

Test(handling, refusals_tell_what_stood_in_the_way_last)
{
    REFUSED(&w, "complainant", "acknowledge", "{}", "wrong_role", "R11");
    casework_bring(&w, CASE_CLOSED);
    REFUSED(&w, "E3", "acknowledge", "{}", "wrong_state", "R11");
    REFUSED(&w, "E3", "open_work_order", "{}", "wrong_state", "R31");
    cr_expect(*w.h.refusal.chinese && *w.h.refusal.english);
}
