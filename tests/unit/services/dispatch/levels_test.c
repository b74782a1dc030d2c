/* Levels (R34, R35): what raises a case, who stands behind it, and who may lower it. */
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

TestSuite(levels, .init = setup, .fini = teardown);

static void assert_level(int level, Redress__V1__EscalationCondition why)
{
    const Redress__V1__Escalated *e = EVENT(&w, Escalated, "escalated");

    cr_assert_not_null(e);
    cr_expect_eq(e->condition, why);
    cr_expect_eq((int)e->to_level, level);
    cr_expect_eq(w.c->level, level);
    cr_expect_geq(e->n_to, 1, "never nobody (R35)");
}

Test(levels, the_amount_of_the_home_counts_and_once)
{
    casework_bring(&w, CASE_INVESTIGATED);
    DONE(&w, "E3", "propose_plan", "{\"amount_fen\": \"400000\"}");
    TOLD(&w, "plan_proposed");
    w.home_amount_fen = 600000;
    DONE(&w, "E3", "propose_plan", "{\"amount_fen\": \"400000\"}");
    TOLD(&w, "plan_proposed");
    DONE(&w, "E3", "propose_plan", "{\"amount_fen\": \"400001\"}");
    TOLD(&w, "plan_proposed", "escalated");
    assert_level(3, REDRESS__V1__ESCALATION_CONDITION__ESCALATION_CONDITION_AMOUNT);
    DONE(&w, "C1", "deescalate", "{\"to_level\": \"ESCALATION_LEVEL_HANDLER\"}");
    DONE(&w, "E3", "propose_plan", "{\"amount_fen\": \"900000\"}");
    TOLD(&w, "plan_proposed");
    cr_expect_eq(w.c->amount_fen, 900000);
}

Test(levels, a_tenant_without_a_limit_is_not_troubled_by_amounts)
{
    w.tenant.handling.escalate_amount_fen = 0;
    casework_bring(&w, CASE_INVESTIGATED);
    DONE(&w, "E3", "propose_plan", "{\"amount_fen\": \"99000000\"}");
    TOLD(&w, "plan_proposed");
}

Test(levels, the_amount_registered_counts_too)
{
    struct handling h = { .arena = &w.arena, .tenant = &w.tenant, .load = w.load, .today = CASEWORK_TODAY };

    w.c->amount_fen = 1000001;
    handling_begin(&h, w.c);
    cr_assert_eq(h.event_count, 1);
    cr_expect_str_eq(h.events[0].member, "escalated");
    cr_expect_eq(w.c->level, 3);
}

Test(levels, it_is_raised_step_by_step_or_at_once)
{
    DONE(&w, "E3", "escalate", "{}");
    TOLD(&w, "escalated");
    assert_level(2, REDRESS__V1__ESCALATION_CONDITION__ESCALATION_CONDITION_BY_HAND);
    cr_expect_str_eq(EVENT(&w, Escalated, "escalated")->to[0], "E1");
    REFUSED(&w, "E3", "escalate", "{\"to_level\": \"ESCALATION_LEVEL_DEPARTMENT_HEAD\"}", "at_the_top", "R35");
    REFUSED(&w, "C1", "review", "{}", "not_at_that_level", "R35");
    DONE(&w, "M1", "escalate", "{\"to_level\": \"ESCALATION_LEVEL_SENIOR_MANAGEMENT\"}");
    cr_expect_eq(EVENT(&w, Escalated, "escalated")->n_to, 2);
    REFUSED(&w, "E3", "escalate", "{}", "at_the_top", "R35");
    DONE(&w, "C1", "review", "{}");
    TOLD(&w, "reviewed");
}

Test(levels, it_is_lowered_step_by_step_or_at_once)
{
    REFUSED(&w, "C1", "deescalate", "{}", "not_escalated", "R35");
    cr_assert_eq(casework_escalate(&w, 4), 0);
    REFUSED(&w, "E3", "deescalate", "{}", "wrong_role", "R35");
    REFUSED(&w, "C1", "deescalate", "{\"to_level\": \"ESCALATION_LEVEL_SENIOR_MANAGEMENT\"}", "not_escalated", "R35");
    DONE(&w, "M1", "deescalate", "{}");
    cr_expect_eq(w.c->level, 3);
    DONE(&w, "C1", "deescalate", "{\"to_level\": \"ESCALATION_LEVEL_HANDLER\"}");
    cr_expect_eq(w.c->level, 1);
    cr_expect_eq(EVENT(&w, Deescalated, "deescalated")->from_level, 3);
}

Test(levels, a_clock_raises_it_to_a_level_once)
{
    cr_expect_eq(casework_escalate(&w, 1), HANDLING_REFUSED);
    cr_assert_eq(casework_escalate(&w, 3), 0);
    assert_level(3, REDRESS__V1__ESCALATION_CONDITION__ESCALATION_CONDITION_BREACH);
    cr_expect_eq(casework_escalate(&w, 3), HANDLING_REFUSED);
    cr_expect_eq(casework_escalate(&w, 2), HANDLING_REFUSED);
    casework_bring(&w, CASE_CLOSED);
    cr_expect_eq(casework_escalate(&w, 4), HANDLING_REFUSED, "it is over");
}
