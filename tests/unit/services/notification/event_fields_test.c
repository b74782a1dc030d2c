/* The fields of an event by their names: what a condition, a template and a receiver see of them. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/event/timestamp.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "redress/v1/sla_event.pb-c.h"
#include "services/notification/event_fields.h"

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena, 0);
}

static void tear_down(void)
{
    arena_done(&arena);
}

TestSuite(event_fields, .init = set_up, .fini = tear_down);

static const ProtobufCFieldDescriptor *field(const ProtobufCMessage *m, const char *name)
{
    const ProtobufCFieldDescriptor *f = event_field(m, name);

    cr_assert(f, "%s is no field of %s", name, m->descriptor->name);
    return f;
}

static const char *value(const ProtobufCMessage *m, const char *name, size_t i)
{
    return event_field_value(&arena, m, field(m, name), i);
}

static size_t count(const ProtobufCMessage *m, const char *name)
{
    return event_field_count(m, field(m, name));
}

/* ---- single ones ---- */

Test(event_fields, each_kind_of_value_reads_as_a_rule_would_write_it)
{
    Redress__V1__Assigned e = REDRESS__V1__ASSIGNED__INIT;

    e.category_code = (char[]){ "quality.leakage" };
    e.severity = REDRESS__V1__SEVERITY__SEVERITY_MAJOR;
    e.category_confidence = -7;
    cr_assert_str_eq(value(&e.base, "category_code", 0), "quality.leakage");
    cr_assert_str_eq(value(&e.base, "severity", 0), "major");
    cr_assert_str_eq(value(&e.base, "category_confidence", 0), "-7");
    cr_assert_str_eq(value(&e.base, "assignee_id", 0), "");
    cr_assert_str_eq(value(&e.base, "complexity", 0), "", "unspecified is nothing");
}

Test(event_fields, what_is_not_so_is_false_and_not_nothing)
{
    Redress__V1__Rectified e = REDRESS__V1__RECTIFIED__INIT;

    cr_assert_str_eq(value(&e.base, "simple", 0), "false");
    cr_assert_eq(count(&e.base, "simple"), 1);
    e.simple = true;
    cr_assert_str_eq(value(&e.base, "simple", 0), "true");
}

Test(event_fields, a_value_of_a_newer_contract_is_its_number)
{
    Redress__V1__Paused e = REDRESS__V1__PAUSED__INIT;

    e.reason = (Redress__V1__WaitReason)99;
    cr_assert_str_eq(value(&e.base, "reason", 0), "99");
}

Test(event_fields, a_number_of_64_bits_is_whole)
{
    Redress__V1__WorkOrderQuoted e = REDRESS__V1__WORK_ORDER_QUOTED__INIT;
    int64_t number = 0;

    e.total_fen = INT64_C(-9007199254740993);
    cr_assert_str_eq(value(&e.base, "total_fen", 0), "-9007199254740993");
    cr_assert(event_field_number(&e.base, field(&e.base, "total_fen"), &number));
    cr_assert_eq(number, INT64_C(-9007199254740993));
}

Test(event_fields, a_wrapped_number_is_there_or_not_and_zero_is_there)
{
    Redress__V1__PlanProposed e = REDRESS__V1__PLAN_PROPOSED__INIT;
    Google__Protobuf__Int64Value amount = GOOGLE__PROTOBUF__INT64_VALUE__INIT;
    int64_t number = 42;

    cr_assert_eq(count(&e.base, "amount_fen"), 0);
    cr_assert_str_eq(value(&e.base, "amount_fen", 0), "");
    cr_assert_not(event_field_number(&e.base, field(&e.base, "amount_fen"), &number));
    cr_assert_eq(number, 42, "untouched where there is none");
    e.amount_fen = &amount;
    cr_assert_eq(count(&e.base, "amount_fen"), 1);
    cr_assert_str_eq(value(&e.base, "amount_fen", 0), "0");
    cr_assert(event_field_number(&e.base, field(&e.base, "amount_fen"), &number));
    cr_assert_eq(number, 0);
}

Test(event_fields, a_small_wrapped_number_is_one_too)
{
    Redress__V1__Surveyed e = REDRESS__V1__SURVEYED__INIT;
    Google__Protobuf__Int32Value score = GOOGLE__PROTOBUF__INT32_VALUE__INIT;

    score.value = 85;
    e.service_quality = &score;
    cr_assert_str_eq(value(&e.base, "service_quality", 0), "85");
    cr_assert_eq(count(&e.base, "goods_and_services"), 0);
}

Test(event_fields, text_truth_and_lists_are_no_numbers)
{
    Redress__V1__InspectionArranged arranged = REDRESS__V1__INSPECTION_ARRANGED__INIT;
    Redress__V1__Rectified rectified = REDRESS__V1__RECTIFIED__INIT;
    Google__Protobuf__Timestamp at = timestamp_of(INT64_C(1764000000000000));
    int64_t number;

    arranged.at = &at;
    cr_assert_not(event_field_number(&arranged.base, field(&arranged.base, "leader_id"), &number));
    cr_assert_not(event_field_number(&arranged.base, field(&arranged.base, "attendee_ids"), &number));
    cr_assert_not(event_field_number(&arranged.base, field(&arranged.base, "at"), &number), "a time is no number");
    cr_assert_not(event_field_number(&rectified.base, field(&rectified.base, "simple"), &number));
}

/* ---- lists ---- */

Test(event_fields, a_list_has_as_many_values_as_it_has)
{
    Redress__V1__Escalated e = REDRESS__V1__ESCALATED__INIT;
    char *to[] = { (char[]){ "S1" }, (char[]){ "S2" }, (char[]){ "S3" } };

    cr_assert_eq(count(&e.base, "to"), 0);
    e.to = to;
    e.n_to = 3;
    cr_assert_eq(count(&e.base, "to"), 3);
    for (size_t i = 0; i < 3; i++)
        cr_assert_str_eq(value(&e.base, "to", i), to[i]);
}

Test(event_fields, a_list_of_enums_reads_each)
{
    Redress__V1__Investigated e = REDRESS__V1__INVESTIGATED__INIT;
    Redress__V1__InvestigationMethod methods[] = {
        REDRESS__V1__INVESTIGATION_METHOD__INVESTIGATION_METHOD_ON_SITE,
        REDRESS__V1__INVESTIGATION_METHOD__INVESTIGATION_METHOD_THIRD_PARTY,
    };

    e.methods = methods;
    e.n_methods = 2;
    cr_assert_str_eq(value(&e.base, "methods", 0), "on_site");
    cr_assert_str_eq(value(&e.base, "methods", 1), "third_party");
}

/* The size of a list's items comes from the type of the field: a type that is not known there would read anything. */
static void check_types(const ProtobufCMessageDescriptor *d, int depth)
{
    static const ProtobufCType known[] = { PROTOBUF_C_TYPE_INT32,  PROTOBUF_C_TYPE_INT64,  PROTOBUF_C_TYPE_BOOL,
                                           PROTOBUF_C_TYPE_ENUM,   PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BYTES,
                                           PROTOBUF_C_TYPE_MESSAGE };

    cr_assert_lt(depth, 8, "no recursion in the contract");
    for (unsigned i = 0; i < d->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &d->fields[i];
        bool found = false;

        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            found = found || known[k] == f->type;
        cr_expect(found, "%s.%s is of a type that event_fields.c does not know", d->name, f->name);
        if (f->type == PROTOBUF_C_TYPE_MESSAGE)
            check_types(f->descriptor, depth + 1);
    }
}

Test(event_fields, every_field_of_every_event_is_of_a_type_that_is_known_here)
{
    check_types(&redress__v1__complaint_event__descriptor, 0);
    check_types(&redress__v1__sla_event__descriptor, 0);
}

/* Every field of every event, as it is when nothing was filled in: no crash, no NULL. */
static void read_all(const ProtobufCMessageDescriptor *event)
{
    for (unsigned i = 0; i < event->n_fields; i++) {
        const ProtobufCMessageDescriptor *d = event->fields[i].descriptor;
        ProtobufCMessage *m;

        if (!(event->fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF))
            continue;
        m = arena_alloc(&arena, d->sizeof_message);
        protobuf_c_message_init(d, m);
        for (unsigned k = 0; k < d->n_fields; k++)
            if (d->fields[k].label != PROTOBUF_C_LABEL_REPEATED)
                cr_expect(event_field_value(&arena, m, &d->fields[k], 0), "%s.%s", d->name, d->fields[k].name);
            else
                cr_expect_eq(event_field_count(m, &d->fields[k]), 0, "%s.%s", d->name, d->fields[k].name);
    }
}

Test(event_fields, an_empty_event_reads_as_empty)
{
    read_all(&redress__v1__complaint_event__descriptor);
    read_all(&redress__v1__sla_event__descriptor);
}

/* ---- messages ---- */

Test(event_fields, only_a_message_that_is_there_is_one)
{
    Redress__V1__ClockWarning warning = REDRESS__V1__CLOCK_WARNING__INIT;
    Redress__V1__ClockPoint point = REDRESS__V1__CLOCK_POINT__INIT;
    Redress__V1__PlanProposed plan = REDRESS__V1__PLAN_PROPOSED__INIT;
    Redress__V1__PlannedStep step = REDRESS__V1__PLANNED_STEP__INIT, *steps = &step;

    plan.steps = &steps;
    plan.n_steps = 1;
    cr_assert_null(event_field_message(&warning.base, "point"));
    warning.point = &point;
    cr_assert_eq(event_field_message(&warning.base, "point"), &point.base);
    cr_assert_str_eq(value(&warning.base, "point", 0), "");
    cr_assert_null(event_field_message(&warning.base, "nothing_of_the_kind"));
    cr_assert_null(event_field_message(&plan.base, "plan"), "a number");
    cr_assert_null(event_field_message(&plan.base, "steps"), "a list");
}

Test(event_fields, a_field_that_a_message_does_not_have_is_none)
{
    Redress__V1__Withdrawn e = REDRESS__V1__WITHDRAWN__INIT;

    cr_assert_null(event_field(&e.base, "severity"));
    cr_assert_null(event_field(&e.base, ""));
}

Test(event_fields, the_member_is_what_happened)
{
    Redress__V1__ComplaintEvent e = REDRESS__V1__COMPLAINT_EVENT__INIT;
    Redress__V1__FedBack fed_back = REDRESS__V1__FED_BACK__INIT;
    const char *name = "untouched";

    cr_assert_null(event_member(&e.base, &name));
    cr_assert_str_eq(name, "untouched");
    e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_FED_BACK;
    e.fed_back = &fed_back;
    cr_assert_eq(event_member(&e.base, &name), &fed_back.base);
    cr_assert_str_eq(name, "fed_back");
}

Test(event_fields, an_event_of_a_newer_contract_has_no_member)
{
    Redress__V1__SlaEvent e = REDRESS__V1__SLA_EVENT__INIT;
    const char *name = "untouched";

    e.event_case = (Redress__V1__SlaEvent__EventCase)999;
    cr_assert_null(event_member(&e.base, &name));
}
