#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/error.h"
#include "services/dispatch/policy_file.h"

static struct arena arena;
static char categories[64], rules[64];

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
    r = policy_file_load(&arena, categories, rules, ret);
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

Test(policy_file, the_default_policy_is_right)
{
    struct policy p;

    cr_assert_eq(policy_file_load(&arena, "deploy/policies/categories.yaml", "deploy/policies/rules.yaml", &p), 0, "%s",
                 err_text());
    cr_expect_geq(p.category_count, 40);
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

    cr_assert_eq(policy_file_load(&arena, "/nonexistent/categories.yaml", "/nonexistent/rules.yaml", &p), ERR_FATAL);
    cr_expect(strstr(err_text(), "/nonexistent/categories.yaml"), "%s", err_text());
}
