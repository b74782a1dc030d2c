#include <criterion/criterion.h>
#include <string.h>

#include "services/dispatch/assign.h"

#define TODAY 20000

static struct absence away = { TODAY - 1, TODAY + 1 };
static struct absence back_today = { TODAY - 3, TODAY };
static const char *const garden[] = { "GARDEN" };

static struct department departments[] = {
    { .code = "customer_service", .name = "客服部", .head = "C1" },
    { .code = "engineering", .name = "工程部", .head = "E1" },
};

enum { C1, D1, E1, E2, E3, E4, STAFF };

static const struct staff everybody[STAFF] = {
    [C1] = { .id = "C1", .name = { "陈主任", 9 }, .department = "customer_service", .trained = true, .on_duty = true },
    [D1] = { .id = "D1", .name = { "周值班", 9 }, .department = "customer_service", .trained = true, .on_duty = true },
    [E1] = { .id = "E1", .name = { "赵工长", 9 }, .department = "engineering", .trained = true, .on_duty = true },
    [E2] = { .id = "E2", .name = { "钱师傅", 9 }, .department = "engineering", .trained = true, .on_duty = true },
    [E3] = { .id = "E3", .name = { "孙师傅", 9 }, .department = "engineering", .trained = true, .on_duty = true },
    [E4] = { .id = "E4", .name = { "李师傅", 9 }, .department = "engineering", .trained = true, .on_duty = true },
};

/* What a test changes before it asks. */
struct scene {
    struct staff staff[STAFF];
    struct workload load[STAFF];
    struct tenant tenant;
    struct str text;
    struct assign_request request;
};

static struct scene *scene_new(const char *text)
{
    static struct scene s;

    memset(&s, 0, sizeof(s));
    memcpy(s.staff, everybody, sizeof(everybody));
    for (size_t i = 0; i < STAFF; i++)
        s.staff[i].phone_key = "";
    s.tenant = (struct tenant){ .id = "demo",
                                .duty = "D1",
                                .departments = departments,
                                .department_count = 2,
                                .staff = s.staff,
                                .staff_count = STAFF };
    s.text = str_from(text);
    s.request = (struct assign_request){ .tenant = &s.tenant,
                                         .department = "engineering",
                                         .project = "GARDEN",
                                         .complainant_key = "",
                                         .texts = &s.text,
                                         .text_count = 1,
                                         .today = TODAY,
                                         .load = s.load };
    return &s;
}

static void only(struct scene *s, int who)
{
    for (int i = E2; i <= E4; i++)
        s->staff[i].trained = i == who;
}

static void assert_goes_to(struct scene *s, const char *id, enum assign_way way)
{
    struct assignment a = assign_decide(&s->request);

    cr_expect_str_eq(a.staff_id, id);
    cr_expect_eq(a.way, way, "%s by way %d", a.staff_id, (int)a.way);
}

Test(assign, the_least_loaded_handler)
{
    /* R10 */
    struct scene *s = scene_new("");

    s->load[E2].open = 5;
    s->load[E3].open = 2;
    s->load[E4].open = 3;
    assert_goes_to(s, "E3", ASSIGN_HANDLER);
}

Test(assign, of_equals_who_has_waited_longest_then_the_first_id)
{
    struct scene *s = scene_new("");

    assert_goes_to(s, "E2", ASSIGN_HANDLER);
    s->load[E2].given_us = 30;
    s->load[E3].given_us = 10;
    s->load[E4].given_us = 20;
    assert_goes_to(s, "E3", ASSIGN_HANDLER);
}

Test(assign, a_batch_is_spread_evenly)
{
    struct scene *s = scene_new("");

    for (int i = 0; i < 300; i++) {
        struct assignment a = assign_decide(&s->request);

        assign_count(s->load, &a, 1000);
    }
    for (int i = E2; i <= E4; i++) {
        cr_expect_eq(s->load[i].open, 100);
        cr_expect_eq(s->load[i].added, 100);
    }
    cr_expect_eq(s->load[E1].open, 0, "the head is not a handler");
}

Test(assign, only_trained_present_handlers_of_the_project)
{
    /* R12 */
    struct scene *s = scene_new("");

    s->staff[E2].trained = false;
    s->staff[E3].on_duty = false;
    assert_goes_to(s, "E4", ASSIGN_HANDLER);
    s->staff[E4].projects = (struct words){ garden, 1 };
    assert_goes_to(s, "E4", ASSIGN_HANDLER);
    s->request.project = "TOWER";
    assert_goes_to(s, "E1", ASSIGN_HEAD);
}

Test(assign, nobody_who_is_absent_today)
{
    struct scene *s = scene_new("");

    only(s, E2);
    s->staff[E2].absences = &away;
    s->staff[E2].absence_count = 1;
    assert_goes_to(s, "E1", ASSIGN_HEAD);
    s->staff[E2].absences = &back_today;
    assert_goes_to(s, "E2", ASSIGN_HANDLER);
}

Test(assign, nobody_handles_a_complaint_about_himself)
{
    /* R12 */
    struct scene *s = scene_new("你们的钱师傅态度很差");
    struct assignment a = assign_decide(&s->request);

    cr_expect_str_eq(a.staff_id, "E3");
    cr_expect_eq(a.involved, 1);
    cr_expect_eq(a.candidates, 2);
}

Test(assign, nobody_handles_his_own_complaint)
{
    /* R12 */
    struct scene *s = scene_new("");

    s->staff[E2].phone_key = "k1";
    s->request.complainant_key = "k1";
    assert_goes_to(s, "E3", ASSIGN_HANDLER);
    s->request.complainant_key = "";
    assert_goes_to(s, "E2", ASSIGN_HANDLER);
}

Test(assign, a_name_of_one_character_stands_in_every_text)
{
    struct scene *s = scene_new("钱");

    s->staff[E2].name = STR("钱");
    assert_goes_to(s, "E2", ASSIGN_HANDLER);
}

Test(assign, never_nobody)
{
    /* R10, R35: handler, department head, duty role, head of customer service, duty role all the same */
    struct scene *s = scene_new("");

    only(s, -1);
    assert_goes_to(s, "E1", ASSIGN_HEAD);
    s->staff[E1].on_duty = false;
    assert_goes_to(s, "D1", ASSIGN_DUTY);
    s->text = STR("投诉周值班");
    assert_goes_to(s, "C1", ASSIGN_SERVICE_HEAD);
    s->text = STR("投诉周值班和陈主任");
    assert_goes_to(s, "D1", ASSIGN_LAST_RESORT);
}

Test(assign, a_head_does_not_get_a_complaint_about_himself)
{
    struct scene *s = scene_new("投诉赵工长");

    only(s, -1);
    assert_goes_to(s, "D1", ASSIGN_DUTY);
}

Test(assign, what_a_person_must_classify_goes_to_the_head_of_customer_service)
{
    struct scene *s = scene_new("");

    s->request.department = "customer_service";
    s->request.to_head = true;
    assert_goes_to(s, "C1", ASSIGN_HEAD);
    s->staff[C1].on_duty = false;
    assert_goes_to(s, "D1", ASSIGN_DUTY);
}

Test(assign, settings_with_holes_still_lead_to_somebody)
{
    struct scene *s = scene_new("");
    struct assignment a;

    s->request.department = "no_such_department";
    assert_goes_to(s, "D1", ASSIGN_DUTY);
    s->tenant.duty = "X9";
    a = assign_decide(&s->request);
    cr_expect_str_eq(a.staff_id, "X9");
    cr_expect_eq(a.index, -1);
    assign_count(s->load, &a, 1); /* nobody to count it for; must not crash */
}
