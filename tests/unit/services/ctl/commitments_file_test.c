/* What a tenant promises, as files: the demo's is good; what does not go together is told with its place. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/error.h"
#include "services/ctl/commitments_file.h"

static struct arena arena;
static char folder[] = "/tmp/commitments_file_test.XXXXXX";
static struct commitments_file file;

static const struct {
    const char *name, *text;
} files[] = {
    { "tenant.yaml", "tenant: t1\nname: 集团\ntime_zone: Asia/Shanghai\nduty: S1\ncategories: categories.yaml\n"
                     "rules: rules.yaml\nstaff: staff.yaml\nprojects: [{code: P1, name: 一}, {code: P2, name: 二}]\n" },
    { "staff.yaml", "departments: [{code: eng, name: 工程部, head: S1}]\n"
                    "staff: [{id: S1, name: 甲, department: eng, projects: [all], trained: true}]\n" },
    { "categories.yaml", "categories:\n  - {code: a, name: 甲, department: eng, complexity: simple, children: [{code: "
                         "a.b, name: 乙, strong: [漏水]}]}\n" },
    { "rules.yaml", "severity: {major_categories: [], major_words: [火灾], not_major_words: []}\n"
                    "complexity: {complex_departments: [eng], complex_amount_fen: 1000000}\n"
                    "confidence: {by_hand_below: 45}\n" },
    { "office.yaml", "zone: Asia/Shanghai\nweek: {mon: [\"09:00-17:00\"], tue: off, wed: off, thu: off, fri: off, sat: "
                     "off, sun: off}\n" },
    { "first.yaml", "policy: s\nversion: 1\neffective_from: 2026-01-01\nname: {zh: 甲, en: A}\ncalendar: office\n"
                    "project_calendars: {P2: office}\n"
                    "defaults: {ladder: [{percent: 100, to: duty}]}\nclocks:\n"
                    "  - {clock: a, name: {zh: 甲, en: A}, start: received, stop: contacted, limit: 1h, overrides: "
                    "[{when: {projects: [P1], categories: [a.b]}, limit: 2h}]}\n" },
    { "commitments.yaml", "calendars: {office: office.yaml}\npolicies: [first.yaml]\n" },
};

#define FILES (sizeof files / sizeof *files)

static void put(const char *name, const char *text)
{
    FILE *f = fopen(arena_printf(&arena, "%s/%s", folder, name), "we");

    cr_assert(f);
    fputs(text, f);
    fclose(f);
}

static void start(void)
{
    arena_init(&arena, 0);
    cr_assert(mkdtemp(folder));
    for (size_t i = 0; i < FILES; i++)
        put(files[i].name, files[i].text);
}

static void stop(void)
{
    for (size_t i = 0; i < FILES; i++)
        unlink(arena_printf(&arena, "%s/%s", folder, files[i].name));
    unlink(arena_printf(&arena, "%s/second.yaml", folder));
    rmdir(folder);
    arena_done(&arena);
}

/* One text of a file changed into another. */
static void change(const char *name, const char *from, const char *to)
{
    for (size_t i = 0; i < FILES; i++) {
        const char *at = strcmp(files[i].name, name) == 0 ? strstr(files[i].text, from) : NULL;

        if (at)
            put(name,
                arena_printf(&arena, "%.*s%s%s", (int)(at - files[i].text), files[i].text, to, at + strlen(from)));
    }
}

static void expect(const char *problem)
{
    cr_assert_eq(commitments_file_read(&arena, folder, &file), ERR_FATAL);
    cr_assert(strstr(err_text(), problem), "wanted: %s\nfound: %s", problem, err_text());
}

TestSuite(commitments_file, .init = start, .fini = stop);

Test(commitments_file, the_demo_is_good)
{
    cr_assert_eq(commitments_file_read(&arena, "deploy/demo.d/tenant", &file), 0, "%s", err_text());
    cr_assert_str_eq(file.book.tenant, "demo");
    cr_assert_not_null(sla_policy_version(&file.book, "standard", 1));
    cr_assert_not_null(sla_policy_version(&file.book, "construction", 1));
}

Test(commitments_file, everything_is_read)
{
    cr_assert_eq(commitments_file_read(&arena, folder, &file), 0, "%s", err_text());
    cr_assert_str_eq(file.tenant.id, "t1");
    cr_assert_eq(file.calendar_count, 1);
    cr_assert_str_eq(file.calendars[0].name, "office");
    cr_assert_gt(file.calendars[0].calendar.window_count, 1000);
    cr_assert_eq(file.book.count, 1);
    cr_assert(strstr(file.book.policies[0].file, "/first.yaml"));
    cr_assert_str_eq(file.names.projects[1], "P2");
    cr_assert_str_eq(file.names.categories[1], "a.b");
}

Test(commitments_file, what_a_policy_names_must_be_there)
{
    change("first.yaml", "calendar: office", "calendar: offices");
    expect("first.yaml:5:11: calendar: found \"offices\"; there is no such calendar (is office meant?)");
    change("first.yaml", "{P2: office}", "{P3: office}");
    expect("first.yaml:6:21:");
    change("first.yaml", "[P1]", "[P4]");
    expect("found \"P4\"; there is no such project");
    change("first.yaml", "[a.b]", "[a.c]");
    expect("found \"a.c\"; there is no such category");
}

Test(commitments_file, versions_must_go_together)
{
    put("commitments.yaml", "calendars: {office: office.yaml}\npolicies: [first.yaml, second.yaml]\n");
    expect("second.yaml");
    put("second.yaml", files[5].text);
    expect("version: found 1 of policy s");
}

Test(commitments_file, all_mistakes_at_once)
{
    put("commitments.yaml", "calendars: {office: office.yaml, late: none.yaml}\npolicies: [first.yaml]\npolicys: 1\n");
    change("office.yaml", "tue: off", "tue: on");
    change("first.yaml", "limit: 1h", "limit: 0h");
    expect("office.yaml:2:");
    expect("none.yaml: ");
    expect("first.yaml:9:");
    expect("commitments.yaml:3:1: policys:");
}

Test(commitments_file, without_what_is_needed)
{
    put("commitments.yaml", "calendars: {}\npolicies: []\n");
    expect("policies: found 0");
    put("commitments.yaml", "");
    expect("commitments.yaml:1:1");
    unlink(arena_printf(&arena, "%s/commitments.yaml", folder));
    expect("commitments.yaml");
    change("tenant.yaml", "duty: S1", "duty: S9");
    expect("tenant.yaml:4:7: duty:");
}
