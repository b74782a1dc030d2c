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
