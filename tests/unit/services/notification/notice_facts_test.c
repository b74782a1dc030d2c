/* The values of a template's names, in both languages. */
#include "services/notification/notice_facts.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/event/timestamp.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "redress/v1/sla_event.pb-c.h"
#include "services/notification/event_fields.h"
#include "services/notification/notice_event.h"
#include "services/notification/template.h"

#define MINUTE INT64_C(60000000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

static struct arena arena;
static struct zone shanghai, new_york;
static struct notice_form chinese, english;
static struct notice_facts facts;

static void set_up(void)
{
    arena_init(&arena, 0);
    cr_assert_eq(zone_load(&arena, "Asia/Shanghai", 2024, 2028, &shanghai), 0);
    cr_assert_eq(zone_load(&arena, "America/New_York", 2024, 2028, &new_york), 0);
    chinese = (struct notice_form){ "zh-CN", &shanghai };
    english = (struct notice_form){ "en", &shanghai };
    notice_facts_init(&facts);
}

static void tear_down(void)
{
    arena_done(&arena);
}

TestSuite(notice_facts, .init = set_up, .fini = tear_down);

static int64_t at(const char *text)
{
    int64_t us = 0;

    cr_assert(rfc3339_parse(text, strlen(text), &us), "%s", text);
    return us;
}

static Google__Protobuf__Timestamp *stamp(const char *text)
{
    return timestamp_new(&arena, at(text));
}

static const char *fact(const char *name)
{
    const char *value = notice_fact(&facts, name);

    cr_assert(value, "there is no fact %s", name);
    return value;
}

#define assert_fact(name, expected) cr_assert_str_eq(fact(name), expected, "%s is %s", name, fact(name))

static void read_event(const struct notice_form *form, const ProtobufCMessage *event)
{
    notice_facts_init(&facts);
    notice_facts_of_event(&arena, form, event, &facts);
}

/* What happened, of which only the member is filled in. */
static void read_member(const struct notice_form *form, Redress__V1__ComplaintEvent__EventCase which, void *member)
{
    Redress__V1__ComplaintEvent e = REDRESS__V1__COMPLAINT_EVENT__INIT;

    e.event_case = which;
    e.registered = member; /* whichever it is: they share their place */
    read_event(form, &e.base);
}

/* ---- the list ---- */

Test(notice_facts, a_name_has_one_value_the_last)
{
    notice_facts_set(&arena, &facts, "number", "1");
    notice_facts_set(&arena, &facts, "project", "2");
    notice_facts_set(&arena, &facts, "number", "3");
    cr_assert_eq(facts.count, 2);
    assert_fact("number", "3");
    cr_assert_null(notice_fact(&facts, "numbe"));
}

Test(notice_facts, what_is_stored_is_read_again_as_it_was)
{
    struct notice_facts again;

    notice_facts_set(&arena, &facts, "number", "YHHY-1");
    notice_facts_set(&arena, &facts, "why", "\"引号\"\\ 换行\n\t\x01</script>");
    notice_facts_set(&arena, &facts, "amount", "");
    for (int i = 0; i < 100; i++) /* more than the first room */
        notice_facts_set(&arena, &facts, arena_printf(&arena, "name%d", i), arena_printf(&arena, "%d", i));
    notice_facts_init(&again);
    cr_assert(notice_facts_read(&arena, notice_facts_write(&arena, &facts), &again));
    cr_assert_eq(again.count, facts.count);
    for (size_t i = 0; i < facts.count; i++)
        cr_assert_str_eq(notice_fact(&again, facts.items[i].name), facts.items[i].value);
}

Test(notice_facts, nothing_is_an_empty_object)
{
    cr_assert_str_eq(notice_facts_write(&arena, &facts), "{}");
    cr_assert(notice_facts_read(&arena, "{}", &facts));
    cr_assert_eq(facts.count, 0);
}

Test(notice_facts, what_is_no_object_is_not_read)
{
    static const char *const bad[] = { "", "[]", "\"x\"", "{", "null", "{\"a\":\"b\"}x" };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_not(notice_facts_read(&arena, bad[i], &facts), "%s", bad[i]);
    cr_assert_eq(facts.count, 0);
}

/* ---- times ---- */

Test(notice_facts, a_time_is_on_the_clock_of_the_tenant)
{
    int64_t us = at("2026-11-26T18:30:00+08:00");
    struct notice_form there = { "en", &new_york };

    cr_assert_str_eq(notice_facts_time(&arena, &chinese, us), "11月26日 18:30");
    cr_assert_str_eq(notice_facts_time(&arena, &english, us), "26 Nov 18:30");
    cr_assert_str_eq(notice_facts_time(&arena, &there, us), "26 Nov 05:30");
}

Test(notice_facts, midnight_begins_the_day)
{
    cr_assert_str_eq(notice_facts_time(&arena, &chinese, at("2026-12-31T23:59:59.999999+08:00")), "12月31日 23:59");
    cr_assert_str_eq(notice_facts_time(&arena, &chinese, at("2027-01-01T00:00:00+08:00")), "1月1日 00:00");
}

Test(notice_facts, summer_time_is_the_zones_own)
{
    struct notice_form there = { "en", &new_york };

    cr_assert_str_eq(notice_facts_time(&arena, &there, at("2026-07-01T12:00:00Z")), "1 Jul 08:00");
    cr_assert_str_eq(notice_facts_time(&arena, &there, at("2026-12-01T12:00:00Z")), "1 Dec 07:00");
}

Test(notice_facts, no_time_is_nothing)
{
    cr_assert_str_eq(notice_facts_time(&arena, &chinese, 0), "");
    cr_assert_str_eq(notice_facts_time(&arena, &english, 0), "");
}

/* ---- money ---- */

Test(notice_facts, money_is_in_yuan_with_thousands_apart)
{
    static const struct {
        int64_t fen;
        const char *text;
    } sums[] = { { 0, "0.00" },
                 { 1, "0.01" },
                 { 99, "0.99" },
                 { 100, "1.00" },
                 { 99999, "999.99" },
                 { 100000, "1,000.00" },
                 { 123450, "1,234.50" },
                 { 123456789, "1,234,567.89" },
                 { -5, "-0.05" },
                 { -123450, "-1,234.50" },
                 { INT64_MAX, "92,233,720,368,547,758.07" },
                 { INT64_MIN, "-92,233,720,368,547,758.08" } };

    for (size_t i = 0; i < sizeof sums / sizeof *sums; i++)
        cr_assert_str_eq(notice_facts_money(&arena, sums[i].fen), sums[i].text);
}

Test(notice_facts, money_without_its_signs_is_the_sum_again)
{
    unsigned short seed[3] = { 3, 1, 4 };

    for (int i = 0; i < 2000; i++) {
        int64_t fen = jrand48(seed) * (INT64_C(1) << (nrand48(seed) % 20));
        const char *text = notice_facts_money(&arena, fen);
        char digits[40] = "";
        size_t n = 0;

        for (const char *p = text; *p; p++)
            if (*p != ',' && *p != '.')
                digits[n++] = *p;
        cr_assert_eq(strtoll(digits, NULL, 10), fen, "%s", text);
    }
}

/* ---- of a case ---- */

static struct case_facts a_case(void)
{
    return (struct case_facts){
        .tenant = "demo",
        .number = "YHHY-20261126-00042",
        .project = "YHHY",
        .project_name = "云湖花园",
        .category = "quality.leakage",
        .category_name = "渗漏",
        .department = "engineering",
        .department_name = "工程部",
        .status = "assigned",
        .severity = "major",
        .complexity = "complex",
        .handler = "S0004",
        .handler_name = "李工",
        .received_us = at("2026-11-26T09:00:00+08:00"),
    };
}

Test(notice_facts, a_case_speaks_with_names_not_with_codes)
{
    struct case_facts c = a_case();

    notice_facts_of_case(&arena, &chinese, &c, &facts);
    assert_fact("number", "YHHY-20261126-00042");
    assert_fact("project", "云湖花园");
    assert_fact("category", "渗漏");
    assert_fact("department", "工程部");
    assert_fact("handler", "李工");
    assert_fact("status", "已派单");
    assert_fact("severity", "重大");
    assert_fact("received", "11月26日 09:00");
}

Test(notice_facts, a_case_in_english)
{
    struct case_facts c = a_case();

    c.status = "to_classify";
    notice_facts_of_case(&arena, &english, &c, &facts);
    assert_fact("status", "to classify");
    assert_fact("severity", "major");
    assert_fact("received", "26 Nov 09:00");
}

Test(notice_facts, what_has_no_name_is_told_by_its_code)
{
    struct case_facts c = a_case();

    c.project_name = c.category_name = c.department_name = c.handler_name = "";
    notice_facts_of_case(&arena, &chinese, &c, &facts);
    assert_fact("project", "YHHY");
    assert_fact("category", "quality.leakage");
    assert_fact("department", "engineering");
    assert_fact("handler", "S0004");
}

Test(notice_facts, before_it_is_classified_a_case_has_names_without_values)
{
    struct case_facts c = { .number = "1",
                            .project = "P",
                            .project_name = "",
                            .category = "",
                            .category_name = "",
                            .department = "",
                            .department_name = "",
                            .status = "",
                            .severity = "",
                            .complexity = "",
                            .handler = "",
                            .handler_name = "" };

    notice_facts_of_case(&arena, &english, &c, &facts);
    assert_fact("category", "");
    assert_fact("department", "");
    assert_fact("handler", "");
    assert_fact("severity", "");
    assert_fact("received", "");
}

/* ---- of an event ---- */

Test(notice_facts, fields_of_an_event_in_both_languages)
{
    Redress__V1__PlanConfirmed e = REDRESS__V1__PLAN_CONFIRMED__INIT;

    e.plan = 2;
    e.way = REDRESS__V1__CONFIRMATION_WAY__CONFIRMATION_WAY_SIGNATURE;
    e.recorded_by = (char[]){ "S0004" };
    e.deadline = stamp("2026-12-05T18:00:00+08:00");
    read_member(&chinese, REDRESS__V1__COMPLAINT_EVENT__EVENT_PLAN_CONFIRMED, &e);
    assert_fact("plan", "2");
    assert_fact("way", "签字");
    assert_fact("recorded_by", "S0004");
    assert_fact("deadline", "12月5日 18:00");
    cr_assert_null(notice_fact(&facts, "evidence_sha256"), "a digest is nothing for people");
    read_member(&english, REDRESS__V1__COMPLAINT_EVENT__EVENT_PLAN_CONFIRMED, &e);
    assert_fact("way", "signature");
    assert_fact("deadline", "5 Dec 18:00");
}

Test(notice_facts, words_of_more_than_one_part_are_words_in_english)
{
    Redress__V1__Paused e = REDRESS__V1__PAUSED__INIT;

    e.reason = REDRESS__V1__WAIT_REASON__WAIT_REASON_OUTSIDE_PARTY;
    read_member(&chinese, REDRESS__V1__COMPLAINT_EVENT__EVENT_PAUSED, &e);
    assert_fact("reason", "第三方单位");
    assert_fact("until", "");
    read_member(&english, REDRESS__V1__COMPLAINT_EVENT__EVENT_PAUSED, &e);
    assert_fact("reason", "outside party");
}

Test(notice_facts, an_enum_that_says_nothing_is_nothing)
{
    Redress__V1__FedBack e = REDRESS__V1__FED_BACK__INIT;

    read_member(&chinese, REDRESS__V1__COMPLAINT_EVENT__EVENT_FED_BACK, &e);
    assert_fact("channel", "");
    read_member(&english, REDRESS__V1__COMPLAINT_EVENT__EVENT_FED_BACK, &e);
    assert_fact("channel", "");
}

Test(notice_facts, an_amount_is_there_or_not)
{
    Redress__V1__PlanProposed e = REDRESS__V1__PLAN_PROPOSED__INIT;
    Google__Protobuf__Int64Value amount = GOOGLE__PROTOBUF__INT64_VALUE__INIT;

    read_member(&chinese, REDRESS__V1__COMPLAINT_EVENT__EVENT_PLAN_PROPOSED, &e);
    assert_fact("amount", "");
    e.amount_fen = &amount;
    read_member(&chinese, REDRESS__V1__COMPLAINT_EVENT__EVENT_PLAN_PROPOSED, &e);
    assert_fact("amount", "0.00");
    amount.value = 123450;
    read_member(&chinese, REDRESS__V1__COMPLAINT_EVENT__EVENT_PLAN_PROPOSED, &e);
    assert_fact("amount", "1,234.50");
    cr_assert_null(notice_fact(&facts, "amount_fen"));
    cr_assert_null(notice_fact(&facts, "steps"), "a list");
}

Test(notice_facts, a_total_is_money_too)
{
    Redress__V1__WorkOrderQuoted e = REDRESS__V1__WORK_ORDER_QUOTED__INIT;

    e.total_fen = 8800;
    e.work_order = 3;
    read_member(&chinese, REDRESS__V1__COMPLAINT_EVENT__EVENT_WORK_ORDER_QUOTED, &e);
    assert_fact("total", "88.00");
    assert_fact("work_order", "3");
}

Test(notice_facts, a_wrapped_score_is_a_number_or_nothing)
{
    Redress__V1__Surveyed e = REDRESS__V1__SURVEYED__INIT;
    Google__Protobuf__Int32Value score = GOOGLE__PROTOBUF__INT32_VALUE__INIT;

    score.value = 100;
    e.complaint_handling = &score;
    read_member(&chinese, REDRESS__V1__COMPLAINT_EVENT__EVENT_SURVEYED, &e);
    assert_fact("complaint_handling", "100");
    assert_fact("service_quality", "");
}

Test(notice_facts, what_is_not_so_is_empty_so_that_a_section_can_ask_for_it)
{
    Redress__V1__Reassigned e = REDRESS__V1__REASSIGNED__INIT;

    read_member(&chinese, REDRESS__V1__COMPLAINT_EVENT__EVENT_REASSIGNED, &e);
    assert_fact("awarded", "");
    e.awarded = true;
    read_member(&chinese, REDRESS__V1__COMPLAINT_EVENT__EVENT_REASSIGNED, &e);
    assert_fact("awarded", "是");
    read_member(&english, REDRESS__V1__COMPLAINT_EVENT__EVENT_REASSIGNED, &e);
    assert_fact("awarded", "yes");
}

Test(notice_facts, an_event_of_a_newer_contract_has_none)
{
    Redress__V1__ComplaintEvent e = REDRESS__V1__COMPLAINT_EVENT__INIT;

    read_event(&chinese, &e.base);
    cr_assert_eq(facts.count, 0);
}

/* ---- of a clock ---- */

static struct {
    Redress__V1__SlaEvent event;
    Redress__V1__PromisedClock clock;
    Redress__V1__ClockBreached breached;
    Redress__V1__ClockPoint point;
} c;

static void a_breach(const char *due, const char *reached)
{
    redress__v1__sla_event__init(&c.event);
    redress__v1__promised_clock__init(&c.clock);
    redress__v1__clock_breached__init(&c.breached);
    redress__v1__clock_point__init(&c.point);
    c.clock.name = (char *)(uintptr_t) "first_response";
    c.clock.rule = (char *)(uintptr_t) "R15";
    c.clock.started_at = stamp("2026-11-25T09:00:00+08:00");
    c.clock.due_at = stamp(due);
    c.point.percent = 150;
    c.point.reached_at = stamp(reached);
    c.breached.point = &c.point;
    c.event.clock = &c.clock;
    c.event.event_case = REDRESS__V1__SLA_EVENT__EVENT_BREACHED;
    c.event.breached = &c.breached;
}

Test(notice_facts, a_clock_is_called_what_people_call_it)
{
    a_breach("2026-11-26T09:00:00+08:00", "2026-11-26T21:00:00+08:00");
    read_event(&chinese, &c.event.base);
    assert_fact("clock", "首次联系");
    assert_fact("rule", "R15");
    assert_fact("percent", "150");
    assert_fact("due", "11月26日 09:00");
    assert_fact("started", "11月25日 09:00");
    assert_fact("late", "12小时");
    read_event(&english, &c.event.base);
    assert_fact("clock", "first response");
    assert_fact("due", "26 Nov 09:00");
    assert_fact("late", "12 h");
}

Test(notice_facts, a_clock_of_a_policy_of_ones_own_is_called_what_it_binds)
{
    a_breach("2026-11-26T09:00:00+08:00", "2026-11-26T21:00:00+08:00");
    c.clock.name = (char *)(uintptr_t) "demo_response";
    c.clock.step = (char *)(uintptr_t) "first_response";
    read_event(&chinese, &c.event.base);
    assert_fact("clock", "首次联系");
    read_event(&english, &c.event.base);
    assert_fact("clock", "first response");
    c.clock.step = (char *)(uintptr_t) "";
    read_event(&chinese, &c.event.base);
    assert_fact("clock", "demo_response");
}

Test(notice_facts, how_late_in_the_units_that_people_count_in)
{
    static const struct {
        int64_t late_us;
        const char *chinese, *english;
    } cases[] = { { MINUTE, "1分钟", "1 min" },
                  { 59 * MINUTE, "59分钟", "59 min" },
                  { HOUR, "1小时", "1 h" },
                  { HOUR + 30 * MINUTE, "1小时30分钟", "1 h 30 min" },
                  { DAY, "1天", "1 d" },
                  { 2 * DAY + 3 * HOUR, "2天3小时", "2 d 3 h" },
                  { 2 * DAY + 3 * HOUR + 59 * MINUTE, "2天3小时", "2 d 3 h" },
                  { 30 * 1000000, "0分钟", "0 min" } };
    int64_t due = at("2026-11-26T09:00:00+08:00");

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        a_breach("2026-11-26T09:00:00+08:00", "2026-11-26T09:00:00+08:00");
        c.point.reached_at = timestamp_new(&arena, due + cases[i].late_us);
        read_event(&chinese, &c.event.base);
        assert_fact("late", cases[i].chinese);
        read_event(&english, &c.event.base);
        assert_fact("late", cases[i].english);
    }
}

Test(notice_facts, what_is_not_late_says_nothing_of_it)
{
    a_breach("2026-11-26T09:00:00+08:00", "2026-11-26T08:00:00+08:00"); /* a warning */
    read_event(&chinese, &c.event.base);
    assert_fact("late", "");
    a_breach("2026-11-26T09:00:00+08:00", "2026-11-26T09:00:00+08:00"); /* the due instant itself */
    read_event(&chinese, &c.event.base);
    assert_fact("late", "");
    c.clock.due_at = NULL; /* kept from being due by a pause without end */
    read_event(&chinese, &c.event.base);
    assert_fact("late", "");
    assert_fact("due", "");
}

Test(notice_facts, a_clock_of_the_case_itself_has_no_work_order)
{
    a_breach("2026-11-26T09:00:00+08:00", "2026-11-26T21:00:00+08:00");
    read_event(&chinese, &c.event.base);
    assert_fact("work_order", "");
    c.clock.work_order = 2;
    read_event(&chinese, &c.event.base);
    assert_fact("work_order", "2");
}

Test(notice_facts, a_clock_event_without_a_point_or_clock_still_has_the_names)
{
    Redress__V1__SlaEvent e = REDRESS__V1__SLA_EVENT__INIT;
    Redress__V1__ClockMet met = REDRESS__V1__CLOCK_MET__INIT;

    e.event_case = REDRESS__V1__SLA_EVENT__EVENT_MET;
    e.met = &met;
    read_event(&chinese, &e.base);
    assert_fact("clock", "");
    assert_fact("due", "");
    assert_fact("percent", "");
    assert_fact("late", "");
}

/* ---- together ---- */

/* A name that template lint allows but that has no value would send nothing, on the day on which it is needed. */
Test(notice_facts, every_name_that_a_template_may_use_has_a_value_in_every_event)
{
    static const char *const later[] = { "tenant", "sign", "name", "now" };
    struct case_facts about = a_case();

    for (const char *const *event = notice_events(&arena); *event; event++) {
        const ProtobufCMessageDescriptor *d = notice_event_message(*event);
        bool clock = notice_event_is_clock(*event);
        ProtobufCMessage *member = arena_alloc(&arena, d->sizeof_message);
        Redress__V1__ComplaintEvent complaint = REDRESS__V1__COMPLAINT_EVENT__INIT;
        Redress__V1__SlaEvent sla = REDRESS__V1__SLA_EVENT__INIT;
        const ProtobufCFieldDescriptor *f =
            event_field(clock ? &sla.base : &complaint.base, clock ? *event + strlen("sla.") : *event);

        cr_assert(f, "%s", *event);
        protobuf_c_message_init(d, member);
        complaint.event_case = (Redress__V1__ComplaintEvent__EventCase)f->id;
        complaint.registered = (Redress__V1__Registered *)member;
        sla.event_case = (Redress__V1__SlaEvent__EventCase)f->id;
        sla.started = (Redress__V1__ClockStarted *)member;
        read_event(&chinese, clock ? &sla.base : &complaint.base);
        notice_facts_of_case(&arena, &chinese, &about, &facts);
        for (size_t i = 0; i < sizeof later / sizeof *later; i++)
            notice_facts_set(&arena, &facts, later[i], "");
        for (const char *const *name = template_names(&arena, *event); *name; name++)
            if (strncmp(*name, "text.", 5) != 0)
                cr_expect(notice_fact(&facts, *name), "%s: no value for %s", *event, *name);
    }
}
