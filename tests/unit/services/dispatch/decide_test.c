#include <criterion/criterion.h>
#include <string.h>

#include "services/dispatch/decide.h"
#include "services/dispatch/normalise.h"

#define WORDS(...)                                                                                                     \
    {                                                                                                                  \
        (const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *)            \
    }

static struct category tree[] = {
    { .code = "repair", .parent = "", .name = "报修", .department = "engineering", .complex = true },
    { .code = "repair.lift",
      .parent = "repair",
      .name = "电梯",
      .department = "engineering",
      .complex = true,
      .strong = WORDS("电梯故障") },
    { .code = "repair.lamp", .parent = "repair", .name = "灯", .department = "engineering", .strong = WORDS("路灯") },
    { .code = "hazard", .parent = "", .name = "结构隐患", .department = "engineering", .strong = WORDS("承重墙") },
    { .code = "noise", .parent = "", .name = "噪音", .department = "security", .strong = WORDS("噪音") },
};
static struct department departments[] = {
    { .code = "customer_service", .name = "客服部", .head = "C1" },
    { .code = "engineering", .name = "工程部", .head = "E1" },
    { .code = "security", .name = "护管部", .head = "S1" },
};
static struct staff staff[] = {
    { .id = "C1",
      .name = { "陈主任", 9 },
      .department = "customer_service",
      .trained = true,
      .on_duty = true,
      .phone_key = "" },
    { .id = "D1",
      .name = { "周值班", 9 },
      .department = "customer_service",
      .trained = true,
      .on_duty = true,
      .phone_key = "" },
    { .id = "E1",
      .name = { "赵工长", 9 },
      .department = "engineering",
      .trained = true,
      .on_duty = true,
      .phone_key = "" },
    { .id = "E2",
      .name = { "钱师傅", 9 },
      .department = "engineering",
      .trained = true,
      .on_duty = true,
      .phone_key = "" },
    { .id = "S1",
      .name = { "孙队长", 9 },
      .department = "security",
      .trained = true,
      .on_duty = true,
      .phone_key = "" },
    { .id = "S2",
      .name = { "李保安", 9 },
      .department = "security",
      .trained = true,
      .on_duty = true,
      .phone_key = "" },
};
static struct tenant tenant = {
    .id = "demo",
    .duty = "D1",
    .policy = { .categories = tree,
                .category_count = 5,
                .rules = { .major_categories = WORDS("hazard"),
                           .major_words = WORDS("漏电"),
                           .not_major_words = WORDS("漏电保护"),
                           .complex_departments = WORDS("engineering"),
                           .complex_amount_fen = 1000000,
                           .by_hand_below = 45 } },
    .departments = departments,
    .department_count = 3,
    .staff = staff,
    .staff_count = 6,
};
static struct workload load[6];
static struct arena scratch, keep;

static void set_up(void)
{
    arena_init(&scratch, 0);
    arena_init(&keep, 0);
    cr_assert_eq(normalise_init(), 0);
    cr_assert_eq(classifier_new(&tenant.policy, &tenant.classifier), 0);
}

static void tear_down(void)
{
    classifier_free(tenant.classifier);
    arena_done(&scratch);
    arena_done(&keep);
}

TestSuite(decide, .init = set_up, .fini = tear_down);

static struct decision decided(const char *category, const char *text, int64_t amount_fen, bool trusted)
{
    Redress__V1__Registered registered = REDRESS__V1__REGISTERED__INIT;
    Redress__V1__ComplaintEvent event = REDRESS__V1__COMPLAINT_EVENT__INIT;
    Google__Protobuf__Int64Value amount = GOOGLE__PROTOBUF__INT64_VALUE__INIT;
    const struct complaint_texts texts = { .description = str_from(text), .trusted = trusted };
    struct decision d;

    registered.category_code = (char *)(uintptr_t)category;
    amount.value = amount_fen;
    if (amount_fen)
        registered.amount_fen = &amount;
    event.registered = &registered;
    event.project_code = (char *)(uintptr_t) "GARDEN";
    cr_assert_eq(decide(&(struct decision_request){ .tenant = &tenant, .event = &event, .texts = &texts, .load = load },
                        &scratch, &keep, &d),
                 0);
    return d;
}

static const char *reason(const struct decision *d, Redress__V1__ReasonSubject subject)
{
    for (size_t i = 0; i < d->assigned.n_reasons; i++)
        if (d->assigned.reasons[i]->subject == subject)
            return d->assigned.reasons[i]->text;
    return "";
}

#define REASON(d, subject) reason(&(d), REDRESS__V1__REASON_SUBJECT__REASON_SUBJECT_##subject)
#define SOURCE(name)       REDRESS__V1__CATEGORY_SOURCE__CATEGORY_SOURCE_##name

Test(decide, the_senders_category_counts_without_keywords)
{
    /* R8 */
    struct decision d = decided("noise", "承重墙", 0, true);

    cr_expect_str_eq(d.assigned.category_code, "noise");
    cr_expect_eq(d.assigned.category_source, SOURCE(SENDER));
    cr_expect_eq(d.assigned.category_confidence, 100);
    cr_expect_str_eq(d.assigned.department_code, "security");
    cr_expect_str_eq(d.assigned.assignee_id, "S2");
    cr_expect_eq(d.status, CASE_ASSIGNED);
}

Test(decide, a_group_from_the_sender_is_refined_where_the_words_are_sure)
{
    struct decision lift = decided("repair", "电梯故障", 0, true), unsure = decided("repair", "快来修", 0, true);

    cr_expect_str_eq(lift.assigned.category_code, "repair.lift");
    cr_expect_eq(lift.assigned.category_source, SOURCE(KEYWORDS));
    cr_expect_str_eq(unsure.assigned.category_code, "repair");
    cr_expect_eq(unsure.assigned.category_source, SOURCE(SENDER));
}

Test(decide, an_unknown_category_is_as_none_and_the_reason_says_so)
{
    struct decision d = decided("no.such", "电梯故障", 0, true);

    cr_expect_str_eq(d.assigned.category_code, "repair.lift");
    cr_expect(strstr(REASON(d, CATEGORY), "类别树"), "%s", REASON(d, CATEGORY));
}

Test(decide, keywords_with_their_score)
{
    struct decision d = decided("", "電梯故障", 0, true);

    cr_expect_str_eq(d.assigned.category_code, "repair.lift");
    cr_expect_eq(d.assigned.category_confidence, 60);
    cr_expect_str_eq(REASON(d, CATEGORY), "按关键词判为“电梯”：得分 3.0，第二名 0.0，把握 60%");
    cr_expect_str_eq(REASON(d, DEPARTMENT), "类别“电梯”归口工程部");
}

Test(decide, what_nobody_can_tell_goes_to_the_head_of_customer_service)
{
    /* R8, R10 */
    struct decision none = decided("", "你好", 0, true), tie = decided("", "电梯故障，噪音", 0, true);

    cr_expect_eq(none.status, CASE_TO_CLASSIFY);
    cr_expect_str_eq(none.assigned.category_code, "");
    cr_expect_str_eq(none.assigned.assignee_id, "C1");
    cr_expect_eq(none.assigned.assignee_role, REDRESS__V1__ASSIGNEE_ROLE__ASSIGNEE_ROLE_DEPARTMENT_HEAD);
    cr_expect_eq(tie.status, CASE_TO_CLASSIFY);
    cr_expect(strstr(REASON(tie, CATEGORY), "低于 45%"), "%s", REASON(tie, CATEGORY));
}

Test(decide, danger_is_seen_even_where_the_category_is_not)
{
    /* R9, R13 */
    struct decision word = decided("", "插座漏电", 0, true), category = decided("hazard", "", 0, true),
                    harmless = decided("", "漏电保护器", 0, true);

    cr_expect_eq(word.assigned.severity, REDRESS__V1__SEVERITY__SEVERITY_MAJOR);
    cr_expect_eq(word.status, CASE_TO_CLASSIFY);
    cr_expect_eq(category.assigned.severity, REDRESS__V1__SEVERITY__SEVERITY_MAJOR);
    cr_expect_eq(harmless.assigned.severity, REDRESS__V1__SEVERITY__SEVERITY_GENERAL);
}

Test(decide, complex_by_category_department_or_amount)
{
    /* R9, R34 */
    cr_expect_eq(decided("repair.lift", "", 0, true).assigned.complexity, REDRESS__V1__COMPLEXITY__COMPLEXITY_COMPLEX);
    cr_expect_eq(decided("repair.lamp", "", 0, true).assigned.complexity, REDRESS__V1__COMPLEXITY__COMPLEXITY_COMPLEX);
    cr_expect_eq(decided("noise", "", 999999, true).assigned.complexity, REDRESS__V1__COMPLEXITY__COMPLEXITY_SIMPLE);
    cr_expect_eq(decided("noise", "", 1000000, true).assigned.complexity, REDRESS__V1__COMPLEXITY__COMPLEXITY_COMPLEX);
}

Test(decide, nothing_is_concluded_from_texts_that_are_not_what_was_registered)
{
    struct decision d = decided("", "电梯故障，插座漏电", 0, false), sent = decided("noise", "插座漏电", 0, false);

    cr_expect_eq(d.status, CASE_TO_CLASSIFY);
    cr_expect_eq(d.assigned.severity, REDRESS__V1__SEVERITY__SEVERITY_GENERAL);
    cr_expect_eq(sent.status, CASE_ASSIGNED);
    cr_expect(strstr(REASON(sent, SEVERITY), "未能检查"));
}

Test(decide, passing_over_is_said_without_a_name)
{
    /* R12, R46 */
    struct decision d = decided("noise", "李保安放噪音", 0, true);

    cr_expect_str_eq(d.assigned.assignee_id, "S1");
    for (size_t i = 0; i < d.assigned.n_reasons; i++)
        cr_expect_null(strstr(d.assigned.reasons[i]->text, "李保安"));
    cr_expect(strstr(REASON(d, HANDLER), "回避"));
}

Test(decide, every_choice_has_a_reason_with_its_rule)
{
    struct decision d = decided("", "电梯故障", 0, true);

    for (int subject = 1; subject <= 5; subject++)
        cr_expect_neq(reason(&d, (Redress__V1__ReasonSubject)subject)[0], '\0', "subject %d", subject);
    for (size_t i = 0; i < d.assigned.n_reasons; i++)
        cr_expect_eq(d.assigned.reasons[i]->rule[0], 'R');
}
