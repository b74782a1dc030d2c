#include "services/notification/progress.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define HOUR INT64_C(3600000000)
#define NOW  INT64_C(1795687800000000) /* 2026-11-26 18:10 in Shanghai */

static struct arena a;
static struct notice_facts facts;
static const struct zone_change change = { INT64_MIN, 8 * HOUR };
static const struct zone shanghai = { "Asia/Shanghai", &change, 1 };

static void setup(void)
{
    arena_init(&a, 0);
    notice_facts_init(&facts);
    notice_facts_set(&a, &facts, "status", "调查中");
}

static void teardown(void)
{
    arena_done(&a);
}

TestSuite(progress, .init = setup, .fini = teardown);

static const char *fact(const char *lines, const char *locale, const char *name)
{
    progress_facts(&a, &(struct notice_form){ locale, &shanghai }, lines, &facts);
    return notice_fact(&facts, name);
}

Test(progress, what_happened_is_said_in_order_and_the_newest_alone)
{
    const char *lines = progress_add(&a, "", "investigation_started", NOW);

    lines = progress_add(&a, lines, "noted", NOW + HOUR);
    lines = progress_add(&a, lines, "investigated", NOW + 2 * HOUR);
    cr_expect_str_eq(fact(lines, "zh-CN", "happened"), "11月26日 18:10 已开始调查；11月26日 20:10 调查已完成");
    cr_expect_str_eq(fact(lines, "zh-CN", "latest"), "调查已完成", "a note is nobody's progress");
    cr_expect_str_eq(fact(lines, "en", "happened"),
                     "26 Nov 18:10 the investigation began; 26 Nov 20:10 the investigation is done");
}

Test(progress, whoever_was_told_hears_only_what_came_after)
{
    const char *lines = progress_add(&a, "", "investigated", NOW);

    lines = progress_add(&a, lines, "progress_told", NOW + HOUR);
    cr_expect_str_eq(lines, "");
    cr_expect_str_eq(fact(lines, "zh-CN", "happened"), "调查中", "nothing new: where it stands");
    lines = progress_add(&a, lines, "plan_proposed", NOW + 2 * HOUR);
    cr_expect_str_eq(fact(lines, "zh-CN", "happened"), "11月26日 20:10 已提出处理方案");
}

Test(progress, only_the_newest_few_are_kept)
{
    const char *lines = "";
    size_t count = 0;

    for (int i = 0; i < 100; i++)
        lines = progress_add(&a, lines, i % 2 ? "paused" : "resumed", NOW + i * HOUR);
    for (const char *p = lines; *p; p++)
        count += *p == '\n';
    cr_expect_eq(count, 8);
    cr_expect_str_eq(fact(lines, "zh-CN", "latest"), "等待相关方答复");
}

Test(progress, what_an_older_version_knew_is_passed_over)
{
    cr_expect_str_eq(fact("1795687800000000 juggled\nnonsense\n", "zh-CN", "latest"), "调查中");
}
