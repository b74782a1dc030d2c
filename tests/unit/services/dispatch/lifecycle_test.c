#include <criterion/criterion.h>
#include <string.h>

#include "common/base/arena.h"
#include "dispatch_sql.h"
#include "services/dispatch/lifecycle.h"

static enum case_status after(enum case_status from, enum case_command command)
{
    enum case_status to;

    cr_assert_eq(lifecycle_next(from, command, &to), 0);
    return to;
}

Test(lifecycle, a_classified_complaint_is_assigned)
{
    /* R10 */
    cr_expect_eq(after(CASE_REGISTERED, CMD_ASSIGN), CASE_ASSIGNED);
}

Test(lifecycle, an_unclear_one_waits_for_a_person_and_is_then_assigned)
{
    /* R8, R10 */
    cr_expect_eq(after(CASE_REGISTERED, CMD_HAND_OVER), CASE_TO_CLASSIFY);
    cr_expect_eq(after(CASE_TO_CLASSIFY, CMD_CLASSIFY), CASE_ASSIGNED);
}

Test(lifecycle, an_assigned_one_can_go_to_somebody_else)
{
    /* R11 */
    cr_expect_eq(after(CASE_ASSIGNED, CMD_REASSIGN), CASE_ASSIGNED);
}

Test(lifecycle, other_steps_are_refused)
{
    enum case_status to = CASE_REGISTERED;

    cr_expect_eq(lifecycle_next(CASE_REGISTERED, CMD_REASSIGN, &to), LIFECYCLE_REFUSED);
    cr_expect_eq(lifecycle_next(CASE_ASSIGNED, CMD_ASSIGN, &to), LIFECYCLE_REFUSED);
    cr_expect_eq(to, CASE_REGISTERED, "an output is untouched on refusal");
}

Test(lifecycle, every_step_is_there_once)
{
    for (size_t i = 0; i < lifecycle_rows; i++)
        for (size_t k = i + 1; k < lifecycle_rows; k++)
            cr_expect(lifecycle[i].from != lifecycle[k].from || lifecycle[i].command != lifecycle[k].command);
}

Test(lifecycle, every_state_can_be_reached_from_registration_and_names_its_rule)
{
    bool reached[256] = { [CASE_REGISTERED] = true };

    for (size_t round = 0; round < lifecycle_rows; round++)
        for (size_t i = 0; i < lifecycle_rows; i++)
            if (reached[lifecycle[i].from])
                reached[lifecycle[i].to] = true;
#define REACHED(state, ...) cr_expect(reached[state], #state " cannot be reached");
    CASE_STATES(REACHED)
#undef REACHED
    for (size_t i = 0; i < lifecycle_rows; i++)
        cr_expect_eq(lifecycle[i].rule[0], 'R');
}

Test(lifecycle, stored_numbers_never_change)
{
    cr_expect_eq(CASE_REGISTERED, 1);
    cr_expect_eq(CASE_TO_CLASSIFY, 2);
    cr_expect_eq(CASE_ASSIGNED, 3);
    cr_expect_str_eq(case_status_name(2), "to_classify");
    cr_expect_str_eq(case_status_chinese(3), "已派单");
    cr_expect_null(case_status_name(99));
}

Test(lifecycle, the_drawing_has_every_step)
{
    struct arena arena;
    struct strbuf out;
    size_t arrows = 0;

    arena_init(&arena, 0);
    strbuf_init(&out, &arena);
    lifecycle_dot(&out);
    for (const char *p = out.data; (p = strstr(p, " -> ")); p++)
        arrows++;
    cr_expect_eq(arrows, lifecycle_rows);
    cr_expect(strstr(out.data, "to_classify -> assigned"));
    arena_done(&arena);
}

/* dispatch.case_view names the states in SQL. */
Test(lifecycle, the_view_of_the_tables_names_every_state)
{
#define NAMED(state, number, english, chinese)                                                                         \
    {                                                                                                                  \
        bool found = false;                                                                                            \
        for (const struct pg_migration *m = dispatch_migrations; m->name; m++)                                         \
            found = found || strstr(m->sql, "WHEN " #number " THEN '" english "'");                                    \
        cr_expect(found, #state " has no name in dispatch.case_view");                                                 \
    }
    CASE_STATES(NAMED)
#undef NAMED
}
