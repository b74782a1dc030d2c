/* The events of a case as people read them: every word of the contract is in Chinese, and a line says what matters. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "common/event/words.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "services/ctl/event_line.h"

#define EVENT (&redress__v1__complaint_event__descriptor)

static struct arena arena;

static void set_up(void)
{
    setenv("TZ", "Asia/Shanghai", 1);
    arena_init(&arena, 0);
}

static void tear_down(void)
{
    arena_done(&arena);
}

TestSuite(event_line, .init = set_up, .fini = tear_down);

static bool is_chinese(const char *text)
{
    return text && (unsigned char)text[0] >= 0xe4; /* the CJK block begins there */
}

static void check_enum(const ProtobufCEnumDescriptor *d)
{
    for (unsigned i = 0; i < d->n_values; i++)
        if (d->values[i].value)
            cr_expect(is_chinese(enum_word(&arena, d, d->values[i].value)), "%s has no word", d->values[i].name);
}

static void check_fields(const ProtobufCMessageDescriptor *d)
{
    for (unsigned i = 0; i < d->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &d->fields[i];
        const char *word = event_field_word(f->name);

        cr_expect(!word || is_chinese(word), "%s.%s has no word", d->short_name, f->name);
        if (f->type == PROTOBUF_C_TYPE_ENUM && word)
            check_enum(f->descriptor);
    }
}

Test(event_line, every_event_field_and_value_has_a_word)
{
    for (unsigned i = 0; i < EVENT->n_fields; i++)
        if (EVENT->fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
            cr_expect(is_chinese(event_word(EVENT->fields[i].name)), "%s has no word", EVENT->fields[i].name);
            check_fields(EVENT->fields[i].descriptor);
        }
}

Test(event_line, a_plan)
{
    Redress__V1__ComplaintEvent e = REDRESS__V1__COMPLAINT_EVENT__INIT;
    Redress__V1__PlanProposed m = REDRESS__V1__PLAN_PROPOSED__INIT;
    Google__Protobuf__Timestamp deadline = { .base = PROTOBUF_C_MESSAGE_INIT(&google__protobuf__timestamp__descriptor),
                                             .seconds = 1796119200 };
    Google__Protobuf__Int64Value amount = { .base = PROTOBUF_C_MESSAGE_INIT(&google__protobuf__int64_value__descriptor),
                                            .value = 1200050 };
    Redress__V1__PlannedStep step = REDRESS__V1__PLANNED_STEP__INIT, *steps[] = { &step, &step };

    e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_PLAN_PROPOSED;
    e.plan_proposed = &m;
    m.plan = 2;
    m.responsible_id = (char *)(uintptr_t) "S0101";
    m.deadline = &deadline;
    m.amount_fen = &amount;
    m.n_steps = 2;
    m.steps = steps;
    cr_expect_str_eq(event_line(&arena, &e, NULL), "提出方案 plan_proposed：方案 2，责任人 S0101，期限 "
                                                   "2026-12-01 18:00:00，金额 12000.50 元，步骤 2 项");
}

Test(event_line, lists_words_and_what_was_not_so)
{
    Redress__V1__ComplaintEvent e = REDRESS__V1__COMPLAINT_EVENT__INIT;
    Redress__V1__MeetingHeld meeting = REDRESS__V1__MEETING_HELD__INIT;
    Redress__V1__Escalated up = REDRESS__V1__ESCALATED__INIT;
    char *departments[] = { (char *)(uintptr_t) "engineering", (char *)(uintptr_t) "cost" };

    e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_MEETING_HELD;
    e.meeting_held = &meeting;
    meeting.departments = departments;
    meeting.n_departments = 2;
    cr_expect_str_eq(event_line(&arena, &e, NULL), "召开协调会 meeting_held：参与部门 engineering、cost，达成一致 否");
    e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_ESCALATED;
    e.escalated = &up;
    up.from_level = REDRESS__V1__ESCALATION_LEVEL__ESCALATION_LEVEL_HANDLER;
    up.to_level = REDRESS__V1__ESCALATION_LEVEL__ESCALATION_LEVEL_SENIOR_MANAGEMENT;
    up.condition = REDRESS__V1__ESCALATION_CONDITION__ESCALATION_CONDITION_BY_HAND;
    cr_expect_str_eq(event_line(&arena, &e, NULL), "升级 escalated：自 经办人，至 公司高层，触发 人工");
}

Test(event_line, who_did_it)
{
    cr_expect_str_eq(event_actor(&arena, "system:dispatch", NULL), "系统 dispatch");
    cr_expect_str_eq(event_actor(&arena, "agent:A101", NULL), "坐席 A101");
    cr_expect_str_eq(event_actor(&arena, "complainant", NULL), "投诉人");
    cr_expect_str_eq(event_actor(&arena, "S0101", NULL), "S0101");
}
