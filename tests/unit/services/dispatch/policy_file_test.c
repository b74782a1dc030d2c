#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/error.h"
#include "services/dispatch/policy_file.h"

static struct arena arena;
static char categories[64], rules[64];
static struct handling_rules handling;

static void write_file(char path[64], const char *text)
{
    FILE *f;

    snprintf(path, 64, "/tmp/policy_XXXXXX");
    f = fdopen(mkstemp(path), "w");
    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
}

static int load(const char *categories_text, const char *rules_text, struct policy *ret)
{
    int r;

    write_file(categories, categories_text);
    write_file(rules, rules_text);
    r = policy_file_load(&arena, categories, rules, ret, &handling);
    unlink(categories);
    unlink(rules);
    return r;
}

static void set_up(void)
{
    arena_init(&arena, 0);
}

static void tear_down(void)
{
    arena_done(&arena);
}

TestSuite(policy_file, .init = set_up, .fini = tear_down);

#define RULES                                                                                                          \
    "severity:\n  major_categories: [a.x]\n  major_words: [火灾]\n  not_major_words: [防火灾]\n"                  \
    "complexity:\n  complex_departments: [engineering]\n  complex_amount_fen: 1000000\n"                               \
    "confidence:\n  by_hand_below: 45\n"
#define TREE                                                                                                           \
    "categories:\n"                                                                                                    \
    "  - code: a\n    name: 甲\n    department: engineering\n    complexity: complex\n"                               \
    "    children:\n"                                                                                                  \
    "      - {code: a.x, name: 乙, strong: [漏水], weak: [潮湿], against: [水费]}\n"                            \
    "      - {code: a.y, name: 丙, department: design, complexity: simple}\n"

Test(policy_file, children_take_department_and_complexity_from_their_parent)
{
    struct policy p;

    cr_assert_eq(load(TREE, RULES, &p), 0, "%s", err_text());
    cr_assert_eq(p.category_count, 3);
    cr_expect_str_eq(p.categories[1].parent, "a");
    cr_expect_str_eq(p.categories[1].department, "engineering");
    cr_expect(p.categories[1].complex);
    cr_expect_str_eq(p.categories[2].department, "design");
    cr_expect_not(p.categories[2].complex);
    cr_expect_eq(p.categories[2].ordinal, 3);
    cr_expect_eq(p.categories[2].line, 8);
    cr_expect_str_eq(p.categories[1].against.items[0], "水费");
    cr_expect_eq(p.rules.by_hand_below, 45);
    cr_expect_eq(p.rules.complex_amount_fen, 1000000);
}

static void same_handling(const struct handling_rules *found, const struct handling_rules *wanted)
{
    cr_expect_eq(found->bounces_max, wanted->bounces_max);
    cr_expect_eq(found->reminders, wanted->reminders);
    cr_expect_eq(found->reopen_days, wanted->reopen_days);
    cr_expect_eq(found->recurrence_days, wanted->recurrence_days);
    cr_expect_eq(found->retain_years, wanted->retain_years);
    cr_expect_eq(found->backdate_hours, wanted->backdate_hours);
    cr_expect_eq(found->escalate_amount_fen, wanted->escalate_amount_fen);
    cr_assert_eq(found->paid_categories.count, wanted->paid_categories.count);
    for (size_t i = 0; i < found->paid_categories.count; i++)
        cr_expect_str_eq(found->paid_categories.items[i], wanted->paid_categories.items[i]);
}

Test(policy_file, the_default_policy_is_right)
{
    struct policy p;

    cr_assert_eq(
        policy_file_load(&arena, "deploy/policies/categories.yaml", "deploy/policies/rules.yaml", &p, &handling), 0,
        "%s", err_text());
    cr_expect_geq(p.category_count, 40);
    same_handling(&handling, &handling_defaults); /* it spells out what holds without it */
}

static void assert_problem(const char *categories_text, const char *rules_text, const char *line, const char *text)
{
    struct policy p;

    cr_assert_eq(load(categories_text, rules_text, &p), ERR_FATAL);
    cr_expect(strstr(err_text(), line), "%s", err_text());
    cr_expect(strstr(err_text(), text), "%s", err_text());
}

Test(policy_file, problems_name_the_line)
{
    assert_problem("categories:\n  - {code: a, name: 甲, department: d, complexity: simple}\n"
                   "  - {code: a, name: 乙, department: d, complexity: simple}\n",
                   RULES, ":3:", "is there already, in line 2");
    assert_problem("categories:\n  - {code: a.x, name: 甲, department: d, complexity: hard}\n", RULES,
                   ":2:", "complexity");
    assert_problem("categories:\n  - {code: a.x, name: 甲, complexity: simple}\n", RULES, ":2:", "department");
    assert_problem("categories:\n  - {code: A X, name: 甲, department: d, complexity: simple}\n", RULES,
                   ":2:", "small letters");
    assert_problem("categories:\n  - {code: a.x, name: 甲, department: d, complexity: simple, wrong: 1}\n", RULES,
                   ":2:", "wrong");
}

Test(policy_file, a_keyword_stands_once_in_a_category_however_it_is_written)
{
    assert_problem("categories:\n  - code: a.x\n    name: 甲\n    department: d\n    complexity: simple\n"
                   "    strong: [电梯]\n    weak: [電梯]\n",
                   RULES, ":7:", "is there already, in line 6");
}

Test(policy_file, a_major_category_must_exist)
{
    assert_problem("categories:\n  - {code: b, name: 甲, department: d, complexity: simple}\n", RULES,
                   ":2:", "no such code");
}

Test(policy_file, the_threshold_is_a_percentage)
{
    assert_problem(
        TREE,
        "severity: {major_words: [火灾]}\ncomplexity: {complex_amount_fen: 0}\nconfidence: {by_hand_below: 101}\n",
        ":3:", "by_hand_below");
}

Test(policy_file, a_file_that_is_not_there_is_named)
{
    struct policy p;

    cr_assert_eq(policy_file_load(&arena, "/nonexistent/categories.yaml", "/nonexistent/rules.yaml", &p, &handling),
                 ERR_FATAL);
    cr_expect(strstr(err_text(), "/nonexistent/categories.yaml"), "%s", err_text());
}

/* ---- handling ---- */

/* R10, R28, R34, R47 where a tenant says nothing. */
Test(policy_file, handling_that_is_not_told_is_the_default)
{
    struct handling_rules wanted = handling_defaults;
    struct policy p;

    wanted.paid_categories.count = 0; /* the tree of this test has none of the default's */
    cr_assert_eq(load(TREE, RULES, &p), 0, "%s", err_text());
    same_handling(&handling, &wanted);
    cr_assert_eq(load(TREE, RULES "handling:\n  reminders: 0\n", &p), 0, "%s", err_text());
    wanted.reminders = 0;
    same_handling(&handling, &wanted);
    cr_assert_eq(load(TREE, RULES "handling:\n  paid_categories:\n", &p), 0, "%s", err_text());
    cr_expect_eq(handling.reminders, handling_defaults.reminders);
}

/* R31: what the default tree calls in-unit paid repair; in another tree only as far as it has that. */
Test(policy_file, paid_by_default_is_what_the_tree_has_of_it)
{
    struct policy p;

    cr_assert_eq(load("categories:\n  - {code: a.x, name: 甲, department: d, complexity: simple}\n"
                      "  - {code: repair.in_unit_paid, name: 乙, department: d, complexity: simple}\n",
                      RULES, &p),
                 0, "%s", err_text());
    cr_assert_eq(handling.paid_categories.count, 1);
    cr_expect_str_eq(handling.paid_categories.items[0], "repair.in_unit_paid");
    cr_assert_eq(load("categories:\n  - {code: a.x, name: 甲, department: d, complexity: simple}\n"
                      "  - {code: repair.in_unit_paid, name: 乙, department: d, complexity: simple}\n",
                      RULES "handling: {paid_categories: []}\n", &p),
                 0, "%s", err_text());
    cr_expect_eq(handling.paid_categories.count, 0);
}

Test(policy_file, handling_is_read)
{
    static const char *const paid[] = { "a.y", "a" };
    const struct handling_rules wanted = { 10, 0, 3650, 0, 100, 8760, 0, { paid, 2 } };
    struct policy p;

    cr_assert_eq(load(TREE,
                      RULES "handling: {bounces_max: 10, reminders: 0, reopen_days: 3650, recurrence_days: 0,\n"
                            "  retain_years: 100, backdate_hours: 8760, escalate_amount_fen: 0,\n"
                            "  paid_categories: [a.y, a]}\n",
                      &p),
                 0, "%s", err_text());
    same_handling(&handling, &wanted);
}

Test(policy_file, each_figure_of_handling_has_its_range)
{
    static const char *const mistakes[][2] = {
        { "bounces_max: 0", "handling.bounces_max: found \"0\"" },
        { "bounces_max: 11", "handling.bounces_max: found \"11\"" },
        { "reminders: 11", "handling.reminders: found \"11\"" },
        { "reopen_days: 3651", "handling.reopen_days: found \"3651\"" },
        { "recurrence_days: -1", "handling.recurrence_days: found \"-1\"" },
        { "retain_years: 0", "handling.retain_years: found \"0\"" },
        { "retain_years: 101", "handling.retain_years: found \"101\"" },
        { "backdate_hours: 8761", "handling.backdate_hours: found \"8761\"" },
        { "escalate_amount_fen: -1", "handling.escalate_amount_fen: found \"-1\"" },
        { "paid_categories: [a.z]", "handling.paid_categories[1]: found \"a.z\"; the category tree has no such code" },
        { "paid_categories: [a.x, a.x]", "handling.paid_categories[2]: \"a.x\" is there twice" },
        { "paid_categories: a.x", "handling.paid_categories: found" },
        { "reopen: 1", "did you mean \"reopen_days\"?" },
    };

    for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++)
        assert_problem(TREE, arena_printf(&arena, RULES "handling:\n  %s\n", mistakes[i][0]), ":11:", mistakes[i][1]);
}
