/* A tenant's folder: the demo's is good; each thing wrong in a copy of it is told with its place. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/error.h"
#include "services/ctl/tenant_file.h"

static struct arena arena;
static char folder[] = "/tmp/tenant_file_test.XXXXXX";
static struct tenant_file file;

static const char *const tenant_yaml = "tenant: t1\n"
                                       "name: 集团\n"
                                       "time_zone: Asia/Shanghai\n"
                                       "duty: S1\n"
                                       "management: [S2, S1]\n"
                                       "categories: categories.yaml\n"
                                       "rules: rules.yaml\n"
                                       "staff: staff.yaml\n"
                                       "prices: prices.yaml\n"
                                       "projects:\n"
                                       "  - code: P1\n"
                                       "    name: 一\n"
                                       "    buildings:\n"
                                       "      - {code: \"1\", name: 1号楼, floors: 18, units_per_floor: 4}\n"
                                       "  - {code: P2, name: 二}\n";
static const char *const staff_yaml =
    "departments:\n"
    "  - {code: eng, name: 工程部, head: S1, deputies: [S2]}\n"
    "staff:\n"
    "  - {id: S1, name: 甲, phone: \"138 0000 0100\", department: eng, projects: [all], trained: true}\n"
    "  - {id: S2, name: 乙, department: eng, projects: [P1, P2], on_duty: false,\n"
    "     absent: [2026-05-01, 2026-10-01..2026-10-07]}\n";
static const char *const categories_yaml = "categories:\n"
                                           "  - code: a\n"
                                           "    name: 甲\n"
                                           "    department: eng\n"
                                           "    complexity: simple\n"
                                           "    children:\n"
                                           "      - {code: a.b, name: 乙, strong: [漏水]}\n";
static const char *const rules_yaml = "severity: {major_categories: [], major_words: [火灾], not_major_words: []}\n"
                                      "complexity: {complex_departments: [eng], complex_amount_fen: 1000000}\n"
                                      "confidence: {by_hand_below: 45}\n"
                                      "handling: {reopen_days: 60, paid_categories: [a.b]}\n";
static const char *const prices_yaml =
    "items:\n"
    "  - item: lamp_replace\n"
    "    name: 更换灯具\n"
    "    unit: 个\n"
    "    prices:\n"
    "      - {from: 2026-01-01, fen: 5000}\n"
    "      - {from: 2026-01-01, fen: 0, project: P1}\n"
    "      - {from: 2026-07-01, fen: 5500}\n"
    "  - {item: window_clean, name: 擦玻璃, unit: 平方米, prices: [{from: 2026-01-01, fen: 600}]}\n";
static const struct {
    const char *name, *const *text;
} files[] = { { "tenant.yaml", &tenant_yaml },
              { "staff.yaml", &staff_yaml },
              { "categories.yaml", &categories_yaml },
              { "rules.yaml", &rules_yaml },
              { "prices.yaml", &prices_yaml } };
#define FILES (sizeof files / sizeof *files)

static void put(const char *name, const char *text)
{
    char path[200];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "w");
    cr_assert(f);
    fputs(text, f);
    fclose(f);
}

static void put_changed(const char *name, const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    char *changed;

    cr_assert(at, "%s is not in %s", from, name);
    changed = arena_printf(&arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    put(name, changed);
}

static void start(void)
{
    arena_init(&arena, 0);
    cr_assert(mkdtemp(folder));
    for (size_t i = 0; i < FILES; i++)
        put(files[i].name, *files[i].text);
}

static void stop(void)
{
    char path[200];

    for (size_t i = 0; i < FILES; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
        unlink(path);
    }
    rmdir(folder);
    arena_done(&arena);
}

static void expect(const char *problem)
{
    cr_assert_eq(tenant_file_read(&arena, folder, &file), ERR_FATAL);
    cr_assert(strstr(err_text(), problem), "wanted: %s\nfound: %s", problem, err_text());
}

TestSuite(tenant_file, .init = start, .fini = stop);

Test(tenant_file, demo_is_good)
{
    cr_assert_eq(tenant_file_read(&arena, "deploy/demo.d/tenant", &file), 0, "%s", err_text());
    cr_assert_str_eq(file.id, "demo");
    cr_assert_eq(file.project_count, 3);
    cr_assert_gt(file.staff_count, 10);
    cr_assert_eq(file.management.count, 2);
    cr_assert_geq(file.prices.count, 19);
}

Test(tenant_file, everything_is_read)
{
    cr_assert_eq(tenant_file_read(&arena, folder, &file), 0, "%s", err_text());
    cr_assert_str_eq(file.number_format, "{project}-{yyyymmdd}-{seq:05}");
    cr_assert_eq(file.duplicate_window_days, 7);
    cr_assert_eq(file.building_count, 1);
    cr_assert_str_eq(file.buildings[0].project, "P1");
    cr_assert_eq(file.buildings[0].floors, 18);
    cr_assert_str_eq(file.staff[0].phone, "+8613800000100");
    cr_assert_eq(file.staff[0].projects.count, 0);
    cr_assert(file.staff[0].trained && file.staff[0].on_duty);
    cr_assert_str_eq(file.staff[0].absent, "{}");
    cr_assert_str_eq(file.staff[1].phone, "");
    cr_assert_eq(file.staff[1].projects.count, 2);
    cr_assert(!file.staff[1].trained && !file.staff[1].on_duty);
    cr_assert_str_eq(file.staff[1].absent, "{[2026-05-01,2026-05-01],[2026-10-01,2026-10-07]}");
    cr_assert_eq(file.policy.category_count, 2);
    cr_assert_eq(file.management.count, 2);
    cr_assert_str_eq(file.management.items[0], "S2");
    cr_assert_str_eq(file.management.items[1], "S1");
    cr_assert_eq(file.departments[0].deputies.count, 1);
    cr_assert_str_eq(file.departments[0].deputies.items[0], "S2");
    cr_assert_eq(file.handling.reopen_days, 60);
    cr_assert_eq(file.handling.recurrence_days, handling_defaults.recurrence_days);
    cr_assert_str_eq(file.handling.paid_categories.items[0], "a.b");
}

static void expect_price(size_t i, const char *item, const char *project, int32_t day, int64_t fen)
{
    const struct price *p = &file.prices.items[i];

    cr_expect_str_eq(p->item, item);
    cr_expect_str_eq(p->project, project);
    cr_expect_eq(p->effective_from, day);
    cr_expect_eq(p->unit_price_fen, fen);
}

/* R31 */
Test(tenant_file, the_price_list_is_read)
{
    cr_assert_eq(tenant_file_read(&arena, folder, &file), 0, "%s", err_text());
    cr_assert_eq(file.prices.count, 4);
    expect_price(0, "lamp_replace", "", 20454, 5000); /* 2026-01-01 */
    expect_price(1, "lamp_replace", "P1", 20454, 0);
    expect_price(2, "lamp_replace", "", 20635, 5500); /* 2026-07-01 */
    expect_price(3, "window_clean", "", 20454, 600);
    cr_expect_str_eq(file.prices.items[2].name, "更换灯具");
    cr_expect_str_eq(file.prices.items[2].unit, "个");
}

Test(tenant_file, management_deputies_and_prices_may_be_left_out)
{
    put_changed("tenant.yaml", tenant_yaml, "management: [S2, S1]\n", "");
    put_changed("staff.yaml", staff_yaml, ", deputies: [S2]", "");
    cr_assert_eq(tenant_file_read(&arena, folder, &file), 0, "%s", err_text());
    cr_assert_eq(file.management.count, 0);
    cr_assert_eq(file.departments[0].deputies.count, 0);
    put_changed("tenant.yaml", tenant_yaml, "prices: prices.yaml\n", "");
    cr_assert_eq(tenant_file_read(&arena, folder, &file), 0, "%s", err_text());
    cr_assert_eq(file.prices.count, 0);
}

static const struct {
    const char *file, *from, *to, *problem;
} mistakes[] = {
    { "tenant.yaml", "tenant: t1", "tenant: T1", "tenant.yaml:1:9: tenant: found \"T1\"" },
    { "tenant.yaml", "duty: S1", "duty: S9", "tenant.yaml:4:7: duty: found \"S9\"; there is nobody of that id" },
    { "tenant.yaml", "duty: S1\n", "", "duty: missing" },
    { "tenant.yaml", "duty: S1", "duty: S1\nnumber_format: \"{yyyy}\"", "tenant.yaml:5:16: number_format: found" },
    { "tenant.yaml", "[S2, S1]", "[S2, S9]",
      "tenant.yaml:5:18: management[2]: found \"S9\"; there is nobody of that id in the staff" },
    { "tenant.yaml", "[S2, S1]", "[S2, S2]", "management[2]: found \"S2\" twice; allowed is each once" },
    { "tenant.yaml", "[S2, S1]", "S2", "management: found" },
    { "tenant.yaml", "prices.yaml", "price.yaml", "price.yaml: cannot open" },
    { "tenant.yaml", "floors: 18", "floors: 0", "floors: found \"0\"" },
    { "tenant.yaml", "code: P2", "code: P1", "projects[2].code: found the same as in line 11" },
    { "tenant.yaml", "code: P2", "code: P/2", "projects[2].code: found \"P/2\"" },
    { "tenant.yaml", "time_zone", "timezone", "did you mean \"time_zone\"?" },
    { "tenant.yaml", "rules.yaml", "rule.yaml", "rule.yaml: cannot open" },
    { "staff.yaml", "head: S1", "head: S3", "departments[1].head: found \"S3\"; there is nobody of that id" },
    { "staff.yaml", "[S2]", "[S3]",
      "staff.yaml:2:49: departments[1].deputies[1]: found \"S3\"; there is nobody of that id in the staff" },
    { "staff.yaml", "[S2]", "[S2, S2]", "departments[1].deputies[2]: found \"S2\" twice; allowed is each once" },
    { "staff.yaml", "[S2]", "[S1, S2]", "departments[1].deputies: found \"S1\", who is the head" },
    { "staff.yaml", "departments:\n  - {code: eng, name: 工程部, head: S1, deputies: [S2]}\n",
      "departments: {a: {head: S1}, b: {head: S1}}\n", "staff.yaml:1:14: departments: found a map" },
    { "staff.yaml", "eng, projects: [all]", "ing, projects: [all]", "staff.yaml:4:" },
    { "staff.yaml", "[P1, P2]", "[P1, P3]", "staff[2].projects[2]: found \"P3\"; there is no such project" },
    { "staff.yaml", "[P1, P2]", "[]", "staff[2].projects: found none" },
    { "staff.yaml", "2026-05-01", "2026-02-30", "staff[2].absent[1]: found \"2026-02-30\"" },
    { "staff.yaml", "..2026-10-07", "..2026-09-07", "staff[2].absent[2]: found" },
    { "staff.yaml", "id: S2", "id: S1", "staff[2].id: found the same as in line 4" },
    { "staff.yaml", "trained: true", "trained: yep", "staff[1].trained: found \"yep\"" },
    { "categories.yaml", "department: eng", "department: ing",
      "categories.yaml:2:1: a: found department \"ing\"; there is no such department" },
    { "rules.yaml", "[a.b]", "[a.c]", "rules.yaml:4:47: handling.paid_categories[1]: found \"a.c\"" },
    { "prices.yaml", "item: lamp_replace", "item: lamp/replace",
      "prices.yaml:2:11: items[1].item: found \"lamp/replace\"" },
    { "prices.yaml", "item: window_clean", "item: lamp_replace",
      "prices.yaml:9:12: items[2].item: found the same as in line 2" },
    { "prices.yaml", "    unit: 个\n", "", "items[1].unit: missing" },
    { "prices.yaml", "name: 更换灯具", "name: \"\"", "items[1].name: found" },
    { "prices.yaml", "2026-07-01", "2026-01-01",
      "prices.yaml:8:16: items[1].prices[3].from: found 2026-01-01 twice for all projects" },
    { "prices.yaml", "2026-07-01, fen: 5500", "2026-01-01, fen: 5500, project: P1",
      "items[1].prices[3].from: found 2026-01-01 twice for P1" },
    { "prices.yaml", "2026-07-01", "2026-06-31", "items[1].prices[3].from: found \"2026-06-31\"; allowed is a date" },
    { "prices.yaml", "from: 2026-07-01, ", "", "items[1].prices[3].from: missing" },
    { "prices.yaml", "project: P1", "project: P3",
      "prices.yaml:7:45: items[1].prices[2].project: found \"P3\"; there is no such project in tenant.yaml" },
    { "prices.yaml", "fen: 5500", "fen: -1", "items[1].prices[3].fen: found \"-1\"" },
    { "prices.yaml", "fen: 5500", "fen: 55.00", "items[1].prices[3].fen: found \"55.00\"" },
    { "prices.yaml", "fen: 5500", "fen: 100000001", "items[1].prices[3].fen: found \"100000001\"; allowed is" },
    { "prices.yaml", ", fen: 5500", "", "items[1].prices[3].fen: missing" },
    { "prices.yaml", "[{from: 2026-01-01, fen: 600}]", "[]", "items[2].prices: found 0; allowed are 1 to 200" },
    { "prices.yaml", "items:", "item:", "did you mean \"items\"?" },
    { "rules.yaml", "[eng]", "[ing]", "complex_departments: found \"ing\"; there is no such department" },
};

Test(tenant_file, each_mistake_is_told_with_its_place)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++)
        for (size_t f = 0; f < FILES; f++)
            if (strcmp(files[f].name, mistakes[i].file) == 0) {
                put_changed(files[f].name, *files[f].text, mistakes[i].from, mistakes[i].to);
                expect(mistakes[i].problem);
                put(files[f].name, *files[f].text);
            }
}

Test(tenant_file, mistakes_of_all_files_are_told_at_once)
{
    put_changed("tenant.yaml", tenant_yaml, "floors: 18", "floors: 1000");
    put_changed("staff.yaml", staff_yaml, "head: S1", "head: S9");
    put_changed("categories.yaml", categories_yaml, "strong: [漏水]", "strang: [漏水]");
    expect("floors: found \"1000\"");
    expect("departments[1].head");
    expect("strang");
}

/* R46: a wrong number is somebody's number all the same. */
Test(tenant_file, no_message_shows_a_phone)
{
    put_changed("staff.yaml", staff_yaml, "138 0000 0100", "138 0000 01000");
    expect("staff[1].phone: this is not a phone number");
    cr_assert_not(strstr(err_text(), "0000 01000"));
}

Test(tenant_file, an_inherited_department_is_told_once)
{
    put_changed("categories.yaml", categories_yaml, "department: eng", "department: ing");
    expect("a: found department");
    cr_assert_not(strstr(err_text(), "a.b: found department"));
}
