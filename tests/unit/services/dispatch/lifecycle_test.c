/* The tables of a complaint's life hold together, and say what they say to the contract, the SQL and the drawing. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/base/arena.h"
#include "dispatch_sql.h"
#include "redress/v1/command.pb-c.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "services/dispatch/lifecycle.h"

static enum case_status after(enum case_status from, enum case_command command)
{
    const struct lifecycle_row *row = lifecycle_find(from, command);

    cr_assert_not_null(row);
    return row->to;
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

Test(lifecycle, other_steps_are_not_in_the_table)
{
    cr_expect_null(lifecycle_find(CASE_REGISTERED, CMD_REASSIGN));
    cr_expect_null(lifecycle_find(CASE_ASSIGNED, CMD_ASSIGN));
    cr_expect_null(lifecycle_find(CASE_CLOSED, CMD_COMPLETE));
}

/* Of several rows for a command in a state all but the last have a guard, or the last could never be reached. */
Test(lifecycle, no_row_hides_another)
{
    for (size_t i = 0; i < lifecycle_rows; i++)
        for (size_t k = i + 1; k < lifecycle_rows; k++)
            if (lifecycle[i].command == lifecycle[k].command && (lifecycle[i].from & lifecycle[k].from))
                cr_expect(lifecycle[i].guards & ~lifecycle[k].guards, "%s: row %zu hides row %zu",
                          case_commands[lifecycle[i].command].name, i, k);
}

Test(lifecycle, every_state_can_be_reached_and_every_living_one_left)
{
    uint32_t reached = UINT32_C(1) << CASE_REGISTERED, left = 0;

    for (size_t round = 0; round < lifecycle_rows; round++)
        for (size_t i = 0; i < lifecycle_rows; i++)
            if ((reached & lifecycle[i].from) && lifecycle[i].to != CASE_SAME)
                reached |= UINT32_C(1) << lifecycle[i].to;
    for (size_t i = 0; i < lifecycle_rows; i++)
        if (lifecycle[i].to != CASE_SAME)
            left |= lifecycle[i].from;
#define CHECK(state, number, ...)                                                                                      \
    cr_expect(reached >> number & 1, #state " cannot be reached");                                                     \
    cr_expect(!case_status_alive(state) || (left >> number & 1), #state " cannot be left");
    CASE_STATES(CHECK)
#undef CHECK
}

Test(lifecycle, every_row_and_guard_names_its_rule)
{
    for (size_t i = 0; i < lifecycle_rows; i++) {
        cr_expect_eq(lifecycle[i].rule[0], 'R');
        cr_expect_neq(lifecycle[i].who, 0);
    }
    for (size_t i = 0; i < CASE_GUARD_COUNT; i++) {
        cr_expect_eq(case_guards[i].rule[0], 'R');
        for (size_t k = i + 1; k < CASE_GUARD_COUNT; k++)
            cr_expect_str_neq(case_guards[i].code, case_guards[k].code);
    }
}

Test(lifecycle, every_guard_and_command_is_used)
{
    for (int g = 0; g < CASE_GUARD_COUNT; g++) {
        size_t n = 0;

        for (size_t i = 0; i < lifecycle_rows; i++)
            n += lifecycle[i].guards >> g & 1;
        cr_expect_gt(n, 0, "nothing asks for %s", case_guards[g].code);
    }
    for (int c = 0; c < CASE_COMMAND_COUNT; c++) {
        size_t n = 0;

        for (size_t i = 0; i < lifecycle_rows; i++)
            n += lifecycle[i].command == (enum case_command)c;
        cr_expect_gt(n, 0, "%s has no row", case_commands[c].name);
    }
}

/* What the contract can say, the table knows; only the system's own three are not in the contract. */
Test(lifecycle, commands_are_those_of_the_contract)
{
    const ProtobufCMessageDescriptor *d = &redress__v1__command__descriptor;
    size_t own = 0, in_contract = 0;

    for (unsigned i = 0; i < d->n_fields; i++)
        if (d->fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
            in_contract++;
            cr_expect_neq(case_command_find(d->fields[i].name), CASE_COMMAND_COUNT, "%s", d->fields[i].name);
        }
    for (int c = 0; c < CASE_COMMAND_COUNT; c++)
        own += protobuf_c_message_descriptor_get_field_by_name(d, case_commands[c].name) == NULL;
    cr_expect_eq(own, 3, "assign, hand_over, erase");
    cr_expect_eq(in_contract + own, CASE_COMMAND_COUNT);
}

Test(lifecycle, what_a_command_needs_are_fields_of_it_and_its_event_is_one)
{
    for (int c = 0; c < CASE_COMMAND_COUNT; c++) {
        const ProtobufCFieldDescriptor *f =
            protobuf_c_message_descriptor_get_field_by_name(&redress__v1__command__descriptor, case_commands[c].name);

        cr_expect(!*case_commands[c].event || protobuf_c_message_descriptor_get_field_by_name(
                                                  &redress__v1__complaint_event__descriptor, case_commands[c].event),
                  "%s: no event %s", case_commands[c].name, case_commands[c].event);
        for (const char *at = case_commands[c].needs; f && *at;) {
            char name[64] = "";
            size_t len = strcspn(at, " ");

            memcpy(name, at, len);
            cr_expect(protobuf_c_message_descriptor_get_field_by_name(f->descriptor, name), "%s has no field %s",
                      case_commands[c].name, name);
            at += len + (at[len] == ' ');
        }
    }
}

Test(lifecycle, stored_numbers_never_change)
{
    cr_expect_eq(CASE_REGISTERED, 1);
    cr_expect_eq(CASE_TO_CLASSIFY, 2);
    cr_expect_eq(CASE_ASSIGNED, 3);
    cr_expect_eq(CASE_CLOSED, 14);
    cr_expect_eq(CASE_ERASED, 20);
    cr_expect_str_eq(case_status_name(2), "to_classify");
    cr_expect_str_eq(case_status_chinese(3), "已派单");
    cr_expect_eq(case_status_find("fed_back"), CASE_FED_BACK);
    cr_expect_eq(case_status_find("nowhere"), CASE_SAME);
    cr_expect_null(case_status_name(99));
}

static bool drawn(const char *dot, const char *from, const struct lifecycle_row *row)
{
    char arrow[128], label[128];
    const char *line, *found;

    snprintf(arrow, sizeof arrow, "  %s -> %s [", from, case_status_name((int)row->to));
    snprintf(label, sizeof label, "%s %s", case_commands[row->command].chinese, row->rule);
    line = strstr(dot, arrow);
    found = line ? strstr(line, label) : NULL;
    return found && found < strchr(line, '\n') && !strstr(line + 1, arrow);
}

Test(lifecycle, the_drawing_has_every_step_in_one_arrow_per_pair_of_states)
{
    struct arena arena;
    struct strbuf out;

    arena_init(&arena, 0);
    strbuf_init(&out, &arena);
    lifecycle_dot(&out);
    for (size_t i = 0; i < lifecycle_rows; i++)
        for (int from = CASE_REGISTERED; lifecycle[i].to != CASE_SAME && from <= CASE_ERASED; from++)
            if (lifecycle[i].from >> from & 1)
                cr_expect(drawn(out.data, case_status_name(from), &lifecycle[i]) ||
                              (case_status_alive((enum case_status)from) && drawn(out.data, "any", &lifecycle[i])),
                          "%s from %s", case_commands[lifecycle[i].command].name, case_status_name(from));
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
