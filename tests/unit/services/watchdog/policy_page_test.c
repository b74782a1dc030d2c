/* The page for owners, against the page that was looked at: tests/fixtures/commitments.html. To renew it after a change
 * on purpose: REDRESS_UPDATE_GOLDEN=1. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "services/watchdog/policy.h"

#define GOLDEN "tests/fixtures/commitments.html"

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena, 0);
}

static void tear_down(void)
{
    arena_done(&arena);
}

TestSuite(policy_page, .init = set_up, .fini = tear_down);

static const char extra[] =
    "policy: contract\n"
    "version: 2\n"
    "effective_from: 2026-06-01\n"
    "name: {zh: 云湖花园合同承诺, en: Contract of Yunhu Garden}\n"
    "applies_to: {projects: [YHHY]}\n"
    "calendar: office\n"
    "defaults: {ladder: [{percent: 100, to: duty}]}\n"
    "clocks:\n"
    "  - clock: answer\n"
    "    step: first_response\n"
    "    name: {zh: 联系, en: Contact}\n"
    "    start: received\n"
    "    stop: contacted\n"
    "    limit: 1wd\n"
    "    overrides:\n"
    "      - {when: {projects: [YHHY], categories: [repair.equipment], severity: major}, limit: 1h}\n"
    "      - {when: {projects: [JLYF]}, limit: 9h}\n"
    "      - {when: {categories: [non_complaint]}, off: true}\n";

static struct sla_book book(void)
{
    struct sla_book b = { "demo", arena_array(&arena, struct sla_policy, 3), 3 };

    cr_assert_eq(sla_policy_load_file(&arena, "deploy/policies/standard.yaml", NULL, &b.policies[0]), 0);
    cr_assert_eq(sla_policy_load_file(&arena, "deploy/policies/construction.yaml", NULL, &b.policies[1]), 0);
    cr_assert_eq(sla_policy_load_text(&arena, "x", extra, strlen(extra), NULL, &b.policies[2]), 0, "%s", err_text());
    cr_assert_eq(sla_book_sort(&arena, &b), 0, "%s", err_text());
    return b;
}

static const char *const names[] = {
    "construction_service", "施工服务", "repair.equipment", "设备维修", "non_complaint", "非投诉", NULL
};

static const char *page(const char *project, const char *title, const char *date)
{
    struct sla_book b = book();
    struct sla_page p = { "示范地产集团", title, project, 0, names };
    struct strbuf s;

    cr_assert(calendar_date_parse(date, strlen(date), &p.day));
    strbuf_init(&s, &arena);
    sla_page_write(&s, &b, &p);
    return s.data;
}

static void save_golden(const char *html)
{
    FILE *f = fopen(GOLDEN, "we");

    cr_assert_not_null(f);
    fputs(html, f);
    fclose(f);
}

Test(policy_page, as_it_was_looked_at)
{
    const char *html = page("YHHY", "云湖花园", "2026-07-01");
    char *golden = arena_alloc(&arena, 1 << 20);
    FILE *f;
    size_t n;

    if (getenv("REDRESS_UPDATE_GOLDEN"))
        save_golden(html);
    f = fopen(GOLDEN, "re");
    cr_assert_not_null(f);
    n = fread(golden, 1, (1 << 20) - 1, f);
    fclose(f);
    golden[n] = '\0';
    cr_assert_str_eq(html, golden, "the page changed: if it is meant, REDRESS_UPDATE_GOLDEN=1 and look at it");
}

Test(policy_page, each_project_reads_its_own)
{
    const char *yhhy = page("YHHY", "云湖花园", "2026-07-01");
    const char *jlyf = page("JLYF", "锦澜雅府", "2026-07-01");

    cr_expect(strstr(yhhy, "1 个工作日内") && strstr(yhhy, "within 1 working day<"));
    cr_expect(strstr(yhhy, "<span class=\"case\">设备维修</span><span class=\"case\">重大投诉</span>1 小时内"));
    cr_expect(strstr(yhhy, "<span class=\"case\">非投诉</span>不适用"));
    cr_expect(strstr(yhhy, "合同承诺"));
    cr_expect_null(strstr(yhhy, "9 小时内"), "an override of another project");
    cr_expect_null(strstr(jlyf, "1 个工作日内"));
    cr_expect_null(strstr(jlyf, "合同承诺"));
}

Test(policy_page, what_is_within_the_house_stays_there)
{
    const char *html = page("YHHY", "云湖花园", "2026-07-01");

    cr_expect_null(strstr(html, "处理人确认接收"));
    cr_expect_null(strstr(html, "Acknowledgement"));
}

Test(policy_page, promises_by_date)
{
    const char *none = page("YHHY", "云湖花园", "2025-12-31"), *before = page("YHHY", "云湖花园", "2026-05-31");

    cr_expect(strstr(none, "本项目尚无生效的服务承诺"));
    cr_expect(strstr(none, "标准服务承诺，第 1 版，自 2026-01-01 起施行"), "what is to come is told");
    cr_expect_null(strstr(none, "<table>"));
    cr_expect_null(strstr(before, "1 个工作日内"));
    cr_expect(strstr(before, "云湖花园合同承诺，第 2 版，自 2026-06-01 起施行"));
}

Test(policy_page, texts_from_outside_are_escaped)
{
    static const char evil[] = "policy: evil\nversion: 1\neffective_from: 2026-01-01\n"
                               "name: {zh: \"<b>1\", en: \"<b>2\"}\nbasis: {zh: \"<i>3\", en: \"'<i>\\\"4\"}\n"
                               "calendar: office\ndefaults: {ladder: [{percent: 100, to: duty}]}\n"
                               "clocks:\n  - {clock: a, name: {zh: \"<script>5\", en: \"&amp;6\"}, start: received, "
                               "stop: contacted, limit: 1h, overrides: [{when: {categories: [a.b]}, limit: 2h}]}\n";
    static const char *const evil_names[] = { "a.b", "<u>7", NULL };
    struct sla_policy policy;
    struct sla_book b = { "t", &policy, 1 };
    struct sla_page p = { "<s>8", "</title><script>9", "\"><x>", 20500, evil_names };
    struct strbuf s;

    cr_assert_eq(sla_policy_load_text(&arena, "x", evil, strlen(evil), NULL, &policy), 0, "%s", err_text());
    strbuf_init(&s, &arena);
    sla_page_write(&s, &b, &p);
    for (const char *const *bad = (const char *const[]){ "<b>", "<i>", "<script", "<u>", "<s>", "<x>", NULL }; *bad;
         bad++)
        cr_expect_null(strstr(s.data, *bad), "%s got through", *bad);
    cr_expect(strstr(s.data, "&lt;script&gt;5") && strstr(s.data, "&amp;amp;6") && strstr(s.data, "&lt;u&gt;7"));
    cr_expect(strstr(s.data, "&#39;&lt;i&gt;&quot;4"));
}

Test(policy_page, nothing_from_elsewhere)
{
    const char *html = page("YHHY", "云湖花园", "2026-07-01");

    cr_expect_null(strstr(html, "http://"));
    cr_expect_null(strstr(html, "https://"));
    cr_expect_null(strstr(html, "<script"));
    cr_expect_null(strstr(html, "url("));
    cr_expect(strstr(html, "default-src 'none'"));
    cr_expect(strstr(html, "@media print"));
    cr_expect(strstr(html, "<section lang=\"zh-CN\">") < strstr(html, "<section lang=\"en\">"));
}
