/* Who has a case: given, acknowledged or passed on, refused, awarded, never to whom it is about (R8, R10-R12). */
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

TestSuite(giving, .init = setup, .fini = teardown);

static void assert_state(enum case_status status)
{
    cr_assert_str_eq(case_status_name((int)w.c->status), case_status_name((int)status));
}

/* ---- R8, R10: classified, given, refused, awarded ---- */

Test(giving, a_consultation_is_answered_and_closed)
{
    REFUSED(&w, "E3", "answer", "{}", "not_a_consultation", "R8");
    DONE(&w, "C1", "classify", "{\"category_code\": \"non_complaint.consultation\"}");
    DONE(&w, w.c->assignee, "answer", "{\"text\": \"每周三开放\"}");
    TOLD(&w, "answered");
    DONE(&w, "C3", "close", "{}");
    cr_expect_eq(EVENT(&w, Closed, "closed")->because, REDRESS__V1__CLOSED_BECAUSE__CLOSED_BECAUSE_ANSWERED);
}

Test(giving, an_answer_that_does_not_satisfy_is_taken_up_again)
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

Test(giving, a_person_says_what_it_is_and_it_goes_to_that_department)
{
    casework_bring(&w, CASE_TO_CLASSIFY);
    DONE(&w, "C1", "classify", "{\"category_code\": \"house_quality\"}");
    TOLD(&w, "assigned");
    assert_state(CASE_ASSIGNED);
    cr_expect_str_eq(w.c->department, "engineering");
    cr_expect_eq(w.c->complexity, REDRESS__V1__COMPLEXITY__COMPLEXITY_COMPLEX, "by the category (R9)");
    cr_expect_eq(EVENT(&w, Assigned, "assigned")->category_source,
                 REDRESS__V1__CATEGORY_SOURCE__CATEGORY_SOURCE_BY_HAND);
    DONE(&w, "C1", "classify", "{\"category_code\": \"house_quality\", \"complexity\": \"COMPLEXITY_SIMPLE\"}");
    cr_expect_eq(w.c->complexity, REDRESS__V1__COMPLEXITY__COMPLEXITY_SIMPLE, "as the person says");
}

Test(giving, once_it_is_known_where_it_goes_nobody_classifies_it_anew)
{
    casework_bring(&w, CASE_INVESTIGATED);
    REFUSED(&w, "C1", "classify", "{}", "wrong_state", "R10");
}

Test(giving, a_department_refuses_for_another)
{
    DONE(&w, "E3", "refuse", "{\"proposed_department\": \"environment\"}");
    TOLD(&w, "refused", "reassigned");
    assert_state(CASE_ASSIGNED);
    cr_expect_str_eq(w.c->department, "environment");
    cr_expect_str_eq(w.c->assignee, "N3", "not N2, who complained himself (R12)");
    cr_expect_eq(w.c->bounces, 1);
}

Test(giving, who_proposes_nobody_hands_it_to_customer_service)
{
    DONE(&w, "E3", "refuse", "{}");
    assert_state(CASE_TO_CLASSIFY);
    cr_expect_str_eq(w.c->assignee, "C1");
}

Test(giving, who_proposes_himself_hands_it_to_customer_service_too)
{
    DONE(&w, "E3", "refuse", "{\"proposed_department\": \"engineering\"}");
    assert_state(CASE_TO_CLASSIFY);
}

Test(giving, after_it_went_to_and_fro_customer_service_awards_it)
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

Test(giving, a_new_category_ends_the_award)
{
    DONE(&w, "C3", "award", "{\"department_code\": \"environment\"}");
    DONE(&w, "C3", "classify", "{\"category_code\": \"repair_request\"}");
    DONE(&w, w.c->assignee, "refuse", "{}");
}

/* ---- R11: acknowledged, or passed on ---- */

Test(giving, the_handler_says_that_he_has_it)
{
    REFUSED(&w, "E4", "acknowledge", "{}", "wrong_role", "R11");
    REFUSED(&w, "E3", "start_investigation", "{}", "wrong_state", "R17");
    DONE(&w, "E3", "acknowledge", "{}");
    TOLD(&w, "acknowledged");
    assert_state(CASE_ACKNOWLEDGED);
    cr_expect_eq(casework_pass_on(&w), HANDLING_REFUSED, "he has it");
}

Test(giving, unacknowledged_it_goes_to_the_next_then_to_the_head_then_to_the_duty_role)
{
    cr_assert_eq(casework_pass_on(&w), 0);
    TOLD(&w, "reassigned");
    cr_expect_str_eq(w.c->assignee, "E2", "the next handler who has least to do");
    cr_assert_eq(casework_pass_on(&w), 0);
    cr_expect_str_eq(w.c->assignee, "E1");
    cr_expect_eq(w.c->assignee_role, REDRESS__V1__ASSIGNEE_ROLE__ASSIGNEE_ROLE_DEPARTMENT_HEAD);
    casework_absent(&w, E2, true);
    casework_absent(&w, E5, true);
    cr_assert_eq(casework_pass_on(&w), 0);
    cr_expect_str_eq(w.c->assignee, "D1");
    cr_expect_null(w.broken, "%s", w.broken);
}

Test(giving, whoever_gets_it_by_hand_has_somebody_beside_him_again)
{
    /* the row of those who did not acknowledge is broken: the next one comes before the head once more */
    cr_assert_eq(casework_pass_on(&w), 0);
    DONE(&w, "C1", "reassign", "{\"department_code\": \"engineering\", \"assignee_id\": \"E5\"}");
    cr_assert_eq(casework_pass_on(&w), 0);
    cr_expect_str_neq(w.c->assignee, "E1");
    casework_bring(&w, CASE_WITHDRAWN);
    cr_expect_eq(casework_pass_on(&w), HANDLING_REFUSED, "it is over");
}

Test(giving, who_gets_it_later_says_so_without_going_back)
{
    casework_bring(&w, CASE_RECTIFYING);
    DONE(&w, "E1", "reassign", "{\"assignee_id\": \"E5\"}");
    TOLD(&w, "reassigned");
    assert_state(CASE_RECTIFYING);
    REFUSED(&w, "E3", "acknowledge", "{}", "wrong_role", "R11");
    DONE(&w, "E5", "acknowledge", "{}");
    assert_state(CASE_RECTIFYING);
    REFUSED(&w, "E5", "acknowledge", "{}", "acknowledged_already", "R11");
}

/* ---- R12: impartial and trained ---- */

Test(giving, the_recused_do_not_get_it)
{
    DONE(&w, "E3", "acknowledge", "{}");
    DONE(&w, "E3", "recuse", "{\"staff_id\": \"E3\"}");
    TOLD(&w, "recused", "reassigned");
    assert_state(CASE_ASSIGNED);
    cr_expect_str_neq(w.c->assignee, "E3");
    REFUSED(&w, "E1", "reassign", "{\"assignee_id\": \"E3\"}", "may_not_handle", "R12");
    REFUSED(&w, "C1", "award", "{\"assignee_id\": \"E3\", \"department_code\": \"engineering\"}", "may_not_handle",
            "R12");
}

Test(giving, who_does_not_have_it_is_recused_beforehand)
{
    DONE(&w, "M1", "recuse", "{\"staff_id\": \"E5\"}");
    TOLD(&w, "recused");
    cr_expect_str_eq(w.c->assignee, "E3");
    REFUSED(&w, "E1", "reassign", "{\"assignee_id\": \"E5\"}", "may_not_handle", "R12");
}

Test(giving, a_head_who_is_recused_does_not_do_the_work)
{
    casework_bring(&w, CASE_ACKNOWLEDGED);
    DONE(&w, "C1", "recuse", "{\"staff_id\": \"E1\"}");
    REFUSED(&w, "E1", "start_investigation", "{}", "may_not_handle", "R12");
    DONE(&w, "E2", "start_investigation", "{}");
}

Test(giving, the_untrained_and_the_complainant_himself_do_not_get_it)
{
    w.staff[E5].trained = false;
    REFUSED(&w, "E1", "reassign", "{\"assignee_id\": \"E5\"}", "may_not_handle", "R12");
    REFUSED(&w, "C1", "reassign", "{\"assignee_id\": \"N2\", \"department_code\": \"environment\"}", "may_not_handle",
            "R12");
    w.staff[E3].trained = false;
    REFUSED(&w, "E3", "acknowledge", "{}", "may_not_handle", "R12");
}

Test(giving, who_is_named_in_the_complaint_is_passed_over)
{
    w.text = str_from("恩师傅和二师傅态度恶劣");
    DONE(&w, "E1", "reassign", "{}");
    cr_expect_str_eq(w.c->assignee, "E2");
}

Test(giving, a_recusal_told_later_than_it_was_said_does_not_turn_time_back)
{
    DONE(&w, "E3", "acknowledge", "{}");
    w.at_us = w.now_us - CASEWORK_HOUR_US / 2;
    DONE(&w, "C1", "recuse", "{\"staff_id\": \"E3\"}");
    cr_expect_eq(w.c->since_us, w.now_us);
}

Test(giving, it_is_not_given_away_before_it_was_given)
{
    casework_bring(&w, CASE_INVESTIGATED);
    DONE(&w, "E1", "reassign", "{}");
    w.at_us = w.now_us - 2 * CASEWORK_HOUR_US;
    REFUSED(&w, "E1", "reassign", "{}", "before_last_step", "R49");
    REFUSED(&w, "C1", "recuse", arena_printf(&w.arena, "{\"staff_id\": \"%s\"}", w.c->assignee), "before_last_step",
            "R49");
    w.at_us = w.now_us;
    DONE(&w, "E1", "reassign", "{}");
    cr_expect_eq(w.c->assigned_us, w.now_us);
}

/* R11: his clock would not hear of it, and would breach for ever. */
Test(giving, nobody_has_it_before_it_was_given_to_him)
{
    w.now_us += CASEWORK_HOUR_US;
    DONE(&w, "E1", "reassign", "{\"assignee_id\": \"E4\"}");
    w.at_us = w.now_us - 1;
    cr_assert_geq(w.at_us, w.c->since_us, "it has been in this state for longer");
    REFUSED(&w, "E4", "acknowledge", "{}", "before_last_step", "R49");
    w.at_us = 0;
    DONE(&w, "E4", "acknowledge", "{}");
}

/* R12: who may not have it any more loses it, wherever it stands. */
Test(giving, a_case_is_given_anew_and_one_without_category_stays_to_be_classified)
{
    struct handling h = { .arena = &w.arena,
                          .tenant = &w.tenant,
                          .load = w.load,
                          .today = CASEWORK_TODAY,
                          .now_us = w.now_us,
                          .at_us = w.now_us };

    casework_bring(&w, CASE_ACKNOWLEDGED);
    cr_assert_eq(handling_give_anew(&h, w.c), 0);
    cr_expect_str_neq(w.c->assignee, "E3");
    assert_state(CASE_ASSIGNED);
    w.c->status = CASE_TO_CLASSIFY;
    w.c->category = "";
    w.c->department = "customer_service";
    w.c->assignee = "C1";
    cr_assert_eq(handling_give_anew(&h, w.c), 0);
    cr_expect_str_eq(w.c->assignee, "C2", "the deputy");
    assert_state(CASE_TO_CLASSIFY);
}
