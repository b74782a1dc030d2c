/* Who stands behind a level of escalation (R35): never nobody. */
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

TestSuite(people, .init = setup, .fini = teardown);

enum { HANDLER = 1, HEAD, SERVICE, MANAGEMENT };

static void assert_people(int level, const char *expected)
{
    const char **p = handling_people(&w.arena, &w.tenant, w.c, level, CASEWORK_TODAY);
    struct strbuf out;

    strbuf_init(&out, &w.arena);
    strbuf_adds(&out, "");
    for (; *p; p++)
        strbuf_printf(&out, "%s%s", out.len ? " " : "", *p);
    cr_expect_str_eq(out.data, expected, "level %d: %s instead of %s", level, out.data, expected);
}

Test(people, each_level_has_its_own)
{
    assert_people(HANDLER, "E3");
    assert_people(HEAD, "E1");
    assert_people(SERVICE, "C1");
    assert_people(MANAGEMENT, "M1 M2");
}

Test(people, the_head_is_that_of_the_department_that_has_it)
{
    w.c->department = "environment";
    assert_people(HEAD, "N1");
}

Test(people, deputies_stand_in_in_their_order)
{
    casework_absent(&w, E1, true);
    assert_people(HEAD, "E2");
    casework_absent(&w, E2, true);
    assert_people(HEAD, "E5");
}

Test(people, who_is_off_duty_is_as_absent_as_who_is_on_leave)
{
    w.staff[E1].on_duty = false;
    assert_people(HEAD, "E2");
    w.staff[C1].on_duty = false;
    assert_people(SERVICE, "C2");
}

Test(people, where_nobody_is_there_the_duty_role_is)
{
    for (int i = 0; i < CASEWORK_STAFF; i++)
        casework_absent(&w, (enum casework_staff)i, true);
    assert_people(HEAD, "D1");
    assert_people(SERVICE, "D1");
    assert_people(MANAGEMENT, "D1");
}

Test(people, of_management_those_who_are_there)
{
    casework_absent(&w, M1, true);
    assert_people(MANAGEMENT, "M2");
}

Test(people, a_department_or_a_person_that_the_tenant_lost_is_nobody)
{
    w.c->department = "dissolved";
    assert_people(HEAD, "D1");
    w.tenant.management = (struct words){ (const char *const[]){ "GONE" }, 1 };
    assert_people(MANAGEMENT, "D1");
}

Test(people, a_leave_ends_on_its_last_day)
{
    w.away[E1] = (struct absence){ CASEWORK_TODAY - 3, CASEWORK_TODAY };
    casework_absent(&w, E1, true);
    assert_people(HEAD, "E1");
}
