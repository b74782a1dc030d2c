/* What is wrong with templates: what is found, and what is not found where nothing is wrong. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/base/error.h"
#include "services/notification/notice_file.h"
#include "services/notification/template.h"

static struct arena arena;
static struct notice_settings settings;

static void set_up(void)
{
    arena_init(&arena, 0);
}

static void tear_down(void)
{
    arena_done(&arena);
}

TestSuite(template_lint, .init = set_up, .fini = tear_down);

/* The first finding about `ours` that has these words; NULL: there is none. */
static const struct template_finding *find(const char *file, const char *words)
{
    struct template_finding *all;
    size_t count;

    cr_assert_eq(notice_load_text(&arena, "t.yaml", file, strlen(file), false, &settings), 0, "%s", err_text());
    all = template_lint(&arena, &settings, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(all[i].template, "ours") == 0 && strstr(all[i].text, words))
            return &all[i];
    return NULL;
}

static const char *sms(const char *text)
{
    return arena_printf(&arena,
                        "sign: 示范地产\n"
                        "templates: {ours: {sms: {zh-CN: \"%s\", en: \"%s\"}}}\n"
                        "routes: [{event: plan_proposed, to: handler, channels: sms, template: ours}]\n",
                        text, text);
}

static void assert_finds(const char *file, bool fatal, const char *words)
{
    const struct template_finding *f = find(file, words);

    cr_assert_not_null(f, "%s: not found: %s", file, words);
    cr_assert_eq(f->fatal, fatal, "%s", f->text);
}

static void assert_finds_nothing(const char *file)
{
    const struct template_finding *f = find(file, "");

    cr_assert_null(f, "%s", f ? f->text : "");
}

Test(template_lint, a_good_text_has_no_findings)
{
    assert_finds_nothing(sms("您好，编号{{number}}的方案计划{{deadline}}前完成。"));
}

Test(template_lint, a_finding_says_where)
{
    const struct template_finding *f = find(sms("见www.example"), "found a link");

    cr_assert_str_eq(f->template, "ours");
    cr_assert_str_eq(f->channel, "sms");
    cr_assert_str_eq(f->locale, "zh-CN");
}

Test(template_lint, names_that_the_event_does_not_have_are_fatal)
{
    assert_finds(sms("已有方案，{{due}}到期。"), true, "found {{due}}, which plan_proposed does not have");
    assert_finds("templates: {ours: {email: {zh-CN: {text: a, html: \"{{due}}\"}}}}\n"
                 "routes: [{event: registered, to: handler, channels: email, template: ours}]\n",
                 true, "found {{due}}, which registered does not have");
    assert_finds("templates: {ours: {email: {zh-CN: {text: a, subject: \"{{due}}\"}}}}\n"
                 "routes: [{event: registered, to: handler, channels: email, template: ours}]\n",
                 true, "found {{due}}, which registered does not have");
}

Test(template_lint, a_template_of_two_events_has_only_names_of_both)
{
    assert_finds("templates: {ours: {sms: {zh-CN: \"{{deadline}}\"}}}\n"
                 "routes: [{event: plan_proposed, to: handler, channels: sms, template: ours},\n"
                 "  {event: noted, to: handler, channels: sms, template: ours}]\n",
                 true, "found {{deadline}}, which noted does not have");
}

Test(template_lint, words_about_people_stay_in_mails)
{
    assert_finds(sms("{{name}}您好，已有方案。"), true, "found {{name}}, which is about a person");
    assert_finds(sms("方案：{{text.measures}}。"), true, "found {{text.measures}}, which is about a person");
    assert_finds_nothing("templates: {ours: {email: {zh-CN: \"{{name}}：{{text.measures}}\", en: \"{{name}}\"}}}\n"
                         "routes: [{event: plan_proposed, to: handler, channels: email, template: ours}]\n");
}

Test(template_lint, links_and_telephone_numbers_in_an_sms_are_fatal)
{
    assert_finds(sms("详见https://example.org/1。"), true, "found a link");
    assert_finds(sms("详见example.CN。"), true, "found a link");
    assert_finds(sms("请致电0755-88886666。"), true, "found a telephone number");
    assert_finds(sms("请致电400 123 4567。"), true, "found a telephone number");
    assert_finds_nothing(sms("请于24小时内（2026年11月）确认。"));
}

Test(template_lint, links_in_a_mail_are_nothing)
{
    assert_finds_nothing("templates: {ours: {email: {zh-CN: \"https://example.org 0755-88886666 装修\", en: a}}}\n"
                         "routes: [{event: noted, to: handler, channels: email, template: ours}]\n");
}

Test(template_lint, advertising_words_in_an_sms_are_warned_of)
{
    assert_finds(sms("您好，优惠活动。"), false, "found \"优惠\"");
    assert_finds(sms("您好，您的装修问题。"), false, "found \"装修\"");
}

Test(template_lint, signs_that_providers_refuse_are_fatal)
{
    assert_finds(sms("【示范】您好。"), true, "found 【");
}

Test(template_lint, what_providers_cannot_fill_in_is_warned_of)
{
    assert_finds(sms("方案{{#amount}}{{amount}}元{{/amount}}。"), false, "found {{#amount}}");
    assert_finds(sms("编号{{number}}，编号{{number}}。"), false, "found {{number}} twice");
    assert_finds(sms("编号{{number}}{{deadline}}前。"), false, "right behind another value");
}

Test(template_lint, the_sign_and_the_longest_values_count_for_the_parts)
{
    /* 6 of the sign, 24 of the number, and so many of ours */
    const char *fits = "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十"
                       "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十"
                       "一二三四五六七八九十一二三四五六七八九十一二三四";

    assert_finds_nothing(sms(arena_printf(&arena, "%s{{number}}", fits)));
    assert_finds(sms(arena_printf(&arena, "%s五{{number}}", fits)), false, "found 3 parts");
}

Test(template_lint, a_language_that_is_missing_is_warned_of)
{
    assert_finds("templates: {ours: {email: {zh-CN: a}}}\n"
                 "routes: [{event: noted, to: handler, channels: email, template: ours}]\n",
                 false, "found no text in this language");
    assert_finds("locale: de\n"
                 "templates: {ours: {email: {zh-CN: a, en: a}}}\n"
                 "routes: [{event: noted, to: handler, channels: email, template: ours}]\n",
                 false, "allowed is one in each of de");
}

Test(template_lint, a_template_without_a_route_is_warned_of)
{
    assert_finds("templates: {ours: {email: {zh-CN: a, en: a}}}\n", false, "no route uses it");
    assert_finds("templates: {ours: {email: {zh-CN: \"{{count}}\", en: a}}}\n", true,
                 "found {{count}}, which no event has");
}

/* ---- gateways ---- */

#define ALIYUN                                                                                                         \
    "sign: 示范地产\n"                                                                                             \
    "templates: {ours: {sms: {zh-CN: \"编号{{number}}。\", en: \"Number {{number}}.\"}}}\n"                         \
    "routes: [{event: noted, to: handler, channels: sms, template: ours}]\n"                                           \
    "gateways:\n"                                                                                                      \
    "  - gateway: main\n"                                                                                              \
    "    kind: aliyun\n"                                                                                               \
    "    settings: {access_key_id: a, access_key_secret_file: b}\n"

Test(template_lint, a_provider_that_needs_templates_has_to_have_them)
{
    assert_finds(ALIYUN, true, "gateway main: found nothing under templates");
    assert_finds(ALIYUN "    templates: {ours.en: SMS_1}\n", true, "gateway main: found nothing under templates");
    assert_finds_nothing(ALIYUN "    templates: {ours: SMS_1}\n");
    assert_finds_nothing(ALIYUN "    templates: {ours.zh-CN: SMS_1, ours.en: SMS_2}\n");
}

Test(template_lint, what_the_provider_has_not_approved_is_told)
{
    assert_finds(ALIYUN "    templates: {ours: {id: SMS_1, review: pending}}\n", false, "not yet approved SMS_1");
    assert_finds(ALIYUN "    templates: {ours: {id: SMS_1, review: rejected}}\n", true, "rejected SMS_1");
}

Test(template_lint, parameters_are_names_of_the_text)
{
    assert_finds(ALIYUN "    templates: {ours: {id: SMS_1, params: {code: number}}}\n", true,
                 "found the parameter code");
    assert_finds_nothing(ALIYUN "    templates: {ours: {id: SMS_1, params: {number: code}}}\n");
}

Test(template_lint, a_route_over_a_channel_without_a_text_is_fatal)
{
    struct template_finding *all;
    size_t count;
    struct notice_text none[1] = {
        { .channel = NOTICE_EMAIL, .locale = "zh-CN", .subject = "", .text = "", .html = "" }
    };
    struct notice_template t = { .name = "ours", .texts = none, .text_count = 1 };
    struct notice_route route = {
        .event = "noted", .to = NOTICE_TO_HANDLER, .channels = { NOTICE_SMS }, .channel_count = 1, .template = "ours"
    };

    settings = (struct notice_settings){
        .locale = "zh-CN", .sign = "", .templates = &t, .template_count = 1, .routes = &route, .route_count = 1
    };
    all = template_lint(&arena, &settings, &count);
    cr_assert_gt(count, 0);
    cr_assert(all[0].fatal);
    cr_assert_str_eq(all[0].channel, "sms");
}
