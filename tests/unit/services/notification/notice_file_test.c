/* Notification settings as files: what is read, what stands on top of the standard, what is refused with its place. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/base/str.h"
#include "services/notification/gateway.h"
#include "services/notification/notice_file.h"

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena, 0);
}

static void tear_down(void)
{
    arena_done(&arena);
}

TestSuite(notice_file, .init = set_up, .fini = tear_down);

static int load(const char *text, struct notice_settings *ret)
{
    return notice_load_text(&arena, "n.yaml", text, strlen(text), false, ret);
}

static struct notice_settings must_load(const char *text)
{
    struct notice_settings s;

    cr_assert_eq(load(text, &s), 0, "%s", err_text());
    return s;
}

/* The n-th route of an event; NULL: there is none. */
static const struct notice_route *route_of(const struct notice_settings *s, const char *event, size_t n)
{
    for (size_t i = 0; i < s->route_count; i++)
        if (strcmp(s->routes[i].event, event) == 0 && n-- == 0)
            return &s->routes[i];
    return NULL;
}

/* ---- what is read ---- */

Test(notice_file, the_top_is_read)
{
    struct notice_settings s = must_load("locale: en\nsign: 示范地产\nquiet: {from: \"22:30\", to: \"07:00\"}\n"
                                         "limits: {sms_per_phone_day: 5, sms_per_day: 20000}\nbounced_days: 7\n"
                                         "mail: {from: service@example.com, name: 客户服务}\n"
                                         "receipts_url: https://redress.example.com\n");

    cr_assert_str_eq(s.locale, "en");
    cr_assert_str_eq(s.sign, "示范地产");
    cr_assert_eq(s.quiet_from_minute, 22 * 60 + 30);
    cr_assert_eq(s.quiet_to_minute, 7 * 60);
    cr_assert_eq(s.sms_per_phone_day, 5);
    cr_assert_eq(s.sms_per_day, 20000);
    cr_assert_eq(s.bounced_days, 7);
    cr_assert_str_eq(s.mail_from, "service@example.com");
    cr_assert_str_eq(s.mail_from_name, "客户服务");
    cr_assert_str_eq(s.receipts_url, "https://redress.example.com");
}

Test(notice_file, a_route_is_read)
{
    struct notice_settings s =
        must_load("lists: {night: [S0001, S0002]}\n"
                  "routes:\n"
                  "  - event: paused\n"
                  "    when: {reason: [authority, outside_party], \"severity!\": major, phone: true}\n"
                  "    to: list:night\n"
                  "    channels: [preferred, sms, email]\n"
                  "    template: waiting_complainant\n"
                  "    urgency: low\n    digest: 30m\n    expires: 2d\n    ask_first: true\n");
    const struct notice_route *r = route_of(&s, "paused", 0);

    cr_assert_eq(r->condition_count, 3);
    cr_assert_str_eq(r->conditions[0].field, "reason");
    cr_assert_eq(r->conditions[0].value_count, 2);
    cr_assert_str_eq(r->conditions[0].values[1], "outside_party");
    cr_assert(!r->conditions[0].negated && r->conditions[1].negated);
    cr_assert_str_eq(r->conditions[1].field, "severity");
    cr_assert_eq(r->to, NOTICE_TO_LIST);
    cr_assert_str_eq(r->list, "night");
    cr_assert_eq(notice_list(&s, "night")->staff_count, 2);
    cr_assert(r->preferred);
    cr_assert_eq(r->channel_count, 2);
    cr_assert_eq(r->channels[1], NOTICE_EMAIL);
    cr_assert_eq(r->urgency, NOTICE_LOW);
    cr_assert_eq(r->digest_minutes, 30);
    cr_assert_eq(r->expires_minutes, 2 * 1440);
    cr_assert(r->ask_first && !r->none);
    cr_assert_eq(r->line, 3);
}

Test(notice_file, a_clock_is_asked_for_its_step_and_its_point)
{
    struct notice_settings s =
        must_load("routes: [{event: sla.breached, when: {step: progress, level: urgent, to: duty, percent: 100, "
                  "tell_complainant: false}, to: duty, channels: sms, template: breached_staff}]\n");

    cr_assert_eq(route_of(&s, "sla.breached", 0)->condition_count, 5);
}

Test(notice_file, an_empty_value_asks_for_an_empty_field)
{
    struct notice_settings s = must_load("routes: [{event: assigned, when: {category_code: \"\"}, to: duty, channels: "
                                         "sms, template: classify_service}]\n");

    cr_assert_eq(route_of(&s, "assigned", 0)->conditions[0].value_count, 1);
    cr_assert_str_eq(route_of(&s, "assigned", 0)->conditions[0].values[0], "");
}

Test(notice_file, what_a_route_does_not_say_is_usual)
{
    struct notice_settings s =
        must_load("routes: [{event: noted, to: handler, channels: [sms], template: assigned_handler}]\n");
    const struct notice_route *r = route_of(&s, "noted", 0);

    cr_assert_eq(r->urgency, NOTICE_NORMAL);
    cr_assert_eq(r->expires_minutes, 1440);
    cr_assert_eq(r->digest_minutes, 0);
    cr_assert_str_eq(r->list, "");
    cr_assert(!r->preferred && !r->ask_first);
}

Test(notice_file, a_text_is_read_with_the_names_in_it)
{
    struct notice_settings s = must_load("templates:\n"
                                         "  ours:\n"
                                         "    sms: {en: \"{{b}} {{a}} {{b}}\"}\n"
                                         "    email:\n"
                                         "      en:\n"
                                         "        subject: \"{{c}} {{a}}\"\n"
                                         "        text: |\n"
                                         "          Hello {{a}}\n\n"
                                         "        html: \"<p>{{a}}{{text.why}}</p>\"\n"
                                         "      zh-CN: 您好\n");
    const struct notice_template *t = notice_template(&s, "ours");

    cr_assert_eq(t->text_count, 3);
    cr_assert_eq(t->texts[0].channel, NOTICE_SMS);
    cr_assert_eq(t->texts[0].var_count, 2);
    cr_assert_str_eq(t->texts[0].vars[0], "b");
    cr_assert_str_eq(t->texts[0].subject, "");
    cr_assert_str_eq(t->texts[1].text, "Hello {{a}}");
    cr_assert_str_eq(t->texts[1].html, "<p>{{a}}{{text.why}}</p>");
    cr_assert_eq(t->texts[1].var_count, 3);
    cr_assert_str_eq(t->texts[1].vars[0], "a");
    cr_assert_str_eq(t->texts[1].vars[1], "c");
    cr_assert_str_eq(t->texts[1].vars[2], "text.why");
    cr_assert_str_eq(t->texts[2].subject, "[{{project}}]-客户投诉-{{number}}");
}

Test(notice_file, names_are_found_whatever_the_texts_beside_them_end_with)
{
    struct notice_settings s =
        must_load("templates: {ours: {email: {en: {text: \"{{a}} {\", subject: \"{{b}}\", html: \"{{c}}\"}}}}\n");

    cr_assert_eq(notice_template(&s, "ours")->texts[0].var_count, 3);
}

#define ALIYUN                                                                                                         \
    "gateways:\n"                                           /* 1 */                                                    \
    "  - gateway: main\n"                                   /* 2 */                                                    \
    "    kind: aliyun\n"                                    /* 3 */                                                    \
    "    settings:\n"                                       /* 4 */                                                    \
    "      access_key_id: LTAI\n"                           /* 5 */                                                    \
    "      access_key_secret_file: redress-notice-secret\n" /* 6 */

Test(notice_file, a_gateway_is_read)
{
    struct notice_settings s =
        must_load(ALIYUN "    in_flight: 4\n    per_second: 50\n    timeout_seconds: 5\n    unknown: other_channel\n"
                         "    templates:\n      noted: SMS_1\n"
                         "      registered_complainant.en: {id: SMS_2, review: pending, params: {number: code}}\n"
                         "  - {gateway: second, kind: kannel, settings: {endpoint: u, username: n, password_file: "
                         "f}}\ntemplates: {noted: {sms: {en: a}}}\n");
    const struct gateway *g = notice_gateway(&s, "main");

    cr_assert_eq(s.gateway_count, 2);
    cr_assert_str_eq(s.gateways[1].name, "second");
    cr_assert_eq(g->kind, gateway_kind("aliyun"));
    cr_assert_eq(g->in_flight, 4);
    cr_assert_eq(g->per_second, 50);
    cr_assert_eq(g->timeout_ms, 5000);
    cr_assert(g->unknown_other_channel && !s.gateways[1].unknown_other_channel);
    cr_assert_eq(s.gateways[1].in_flight, 16);
    cr_assert_eq(s.gateways[1].timeout_ms, 20000);
    cr_assert_eq(g->template_count, 2);
    cr_assert_str_eq(g->templates[0].id, "SMS_1");
    cr_assert_str_eq(g->templates[0].locale, "");
    cr_assert_eq(g->templates[0].review, REVIEW_APPROVED);
    cr_assert_str_eq(g->templates[1].template, "registered_complainant");
    cr_assert_str_eq(g->templates[1].locale, "en");
    cr_assert_eq(g->templates[1].review, REVIEW_PENDING);
    cr_assert_str_eq(g->templates[1].params[0][0], "number");
    cr_assert_str_eq(g->templates[1].params[0][1], "code");
}

/* ---- secrets ---- */

static const char *write_file(const char *folder, const char *name, const char *content, mode_t mode)
{
    const char *path = arena_printf(&arena, "%s/%s", folder, name);
    FILE *f = fopen(path, "we");

    cr_assert_not_null(f);
    cr_assert_geq(fputs(content, f), 0);
    cr_assert_eq(fclose(f), 0);
    cr_assert_eq(chmod(path, mode), 0);
    return path;
}

static int load_beside_secret(const char *text, mode_t mode, bool read_secrets, struct notice_settings *ret)
{
    char folder[] = "/tmp/notice_file_test.XXXXXX";
    const char *secret, *file;
    int r;

    cr_assert_not_null(mkdtemp(folder));
    secret = write_file(folder, "redress-notice-secret", "s3cret\n", mode);
    file = write_file(folder, "n.yaml", text, 0600);
    r = notice_load_file(&arena, file, read_secrets, ret);
    unlink(secret);
    unlink(file);
    rmdir(folder);
    return r;
}

static int load_with_secret(mode_t mode, bool read_secrets, struct notice_settings *ret)
{
    return load_beside_secret(ALIYUN, mode, read_secrets, ret);
}

Test(notice_file, a_secret_is_the_content_of_its_file_beside_ours)
{
    struct notice_settings s;

    cr_assert_eq(load_with_secret(0600, true, &s), 0, "%s", err_text());
    cr_assert_str_eq(gateway_setting(&s.gateways[0], "access_key_secret"), "s3cret");
    cr_assert_str_eq(gateway_setting(&s.gateways[0], "access_key_id"), "LTAI");
}

#define MAILBOX                                                                                                        \
    "mail:\n  from: service@example.com\n  return_path: back@example.com\n"                                            \
    "  bounces: {url: \"imaps://mail.example.com:993\", user: back, password_file: redress-notice-secret, every: "     \
    "5m}\n"

Test(notice_file, a_mailbox_for_bounces_is_read_with_its_password)
{
    struct notice_settings s;

    cr_assert_eq(load_beside_secret(MAILBOX, 0600, true, &s), 0, "%s", err_text());
    cr_assert_str_eq(s.mail_return_path, "back@example.com");
    cr_assert_str_eq(s.bounces.url, "imaps://mail.example.com:993/INBOX");
    cr_assert_str_eq(s.bounces.user, "back");
    cr_assert_str_eq(s.bounces.password, "s3cret");
    cr_assert_str_eq(s.bounces.ca_path, "");
    cr_assert_eq(s.bounces.every_s, 300);
    cr_assert_eq(load_beside_secret(MAILBOX, 0644, true, &s), ERR_FATAL);
    cr_assert(strstr(err_text(), "n.yaml:4:") && strstr(err_text(), "lets everybody in"), "%s", err_text());
    cr_assert_eq(load_beside_secret(MAILBOX, 0644, false, &s), 0, "%s", err_text());
    cr_assert_str_eq(s.bounces.password, "");
}

Test(notice_file, without_a_mailbox_nobody_looks_for_bounces)
{
    struct notice_settings s = must_load("mail: {from: service@example.com}\n");

    cr_assert_str_eq(s.mail_return_path, "");
    cr_assert_str_eq(s.bounces.url, "");
    s = must_load("mail: {bounces: {url: \"imap://localhost/Bounces\", user: u, password_file: p}}\n");
    cr_assert_str_eq(s.bounces.url, "imap://localhost/Bounces");
    cr_assert_eq(s.bounces.every_s, 60);
}

Test(notice_file, a_secret_that_everybody_may_read_is_refused)
{
    struct notice_settings s;

    cr_assert_eq(load_with_secret(0644, true, &s), ERR_FATAL);
    cr_assert(strstr(err_text(), "n.yaml:6:") && strstr(err_text(), "lets everybody in"), "%s", err_text());
    cr_assert_null(strstr(err_text(), "s3cret"));
}

Test(notice_file, secrets_are_left_alone_where_nobody_wants_them)
{
    struct notice_settings s;

    cr_assert_eq(load_with_secret(0644, false, &s), 0, "%s", err_text());
    cr_assert_str_eq(gateway_setting(&s.gateways[0], "access_key_secret"), "");
}

/* ---- on top of the standard ---- */

Test(notice_file, an_empty_map_leaves_the_standard_as_it_is)
{
    struct notice_settings standard, s = must_load("{}\n");

    cr_assert_eq(notice_standard(&arena, &standard), 0);
    cr_assert_eq(s.route_count, standard.route_count);
    cr_assert_eq(s.template_count, standard.template_count);
    cr_assert_eq(s.quiet_from_minute, standard.quiet_from_minute);
}

Test(notice_file, routes_of_an_event_replace_all_of_the_standards_for_it)
{
    struct notice_settings standard,
        s = must_load("routes:\n"
                      "  - {event: assigned, to: handler, channels: sms, template: assigned_handler}\n"
                      "  - {event: noted, to: duty, channels: sms, template: assigned_handler}\n"
                      "  - {event: assigned, to: duty, channels: sms, template: assigned_handler}\n");

    cr_assert_eq(notice_standard(&arena, &standard), 0);
    cr_assert_not_null(route_of(&standard, "assigned", 2));
    cr_assert_eq(route_of(&s, "assigned", 0)->to, NOTICE_TO_HANDLER);
    cr_assert_eq(route_of(&s, "assigned", 1)->to, NOTICE_TO_DUTY);
    cr_assert_null(route_of(&s, "assigned", 2));
    cr_assert_eq(route_of(&s, "registered", 0)->to, NOTICE_TO_COMPLAINANT);
    cr_assert(!route_of(&s, "noted", 0)->none);
}

Test(notice_file, routes_of_one_event_stand_together)
{
    struct notice_settings s =
        must_load("routes:\n"
                  "  - {event: assigned, to: handler, channels: sms, template: assigned_handler}\n"
                  "  - {event: noted, to: duty, channels: sms, template: assigned_handler}\n"
                  "  - {event: assigned, to: duty, channels: sms, template: assigned_handler}\n");

    for (size_t i = 1; i < s.route_count; i++)
        for (size_t j = 0; j + 1 < i && strcmp(s.routes[i].event, s.routes[i - 1].event) != 0; j++)
            cr_assert_str_neq(s.routes[i].event, s.routes[j].event);
}

Test(notice_file, a_none_replaces_routes_and_says_why)
{
    struct notice_settings s = must_load("routes: [{event: registered, none: \"told by the call centre\"}]\n");

    cr_assert(route_of(&s, "registered", 0)->none);
    cr_assert_str_eq(route_of(&s, "registered", 0)->why, "told by the call centre");
    cr_assert_null(route_of(&s, "registered", 1));
    cr_assert_null(*notice_missing_events(&arena, &s));
}

Test(notice_file, a_text_replaces_that_of_its_channel_and_language_alone)
{
    struct notice_settings standard,
        s = must_load("templates: {registered_complainant: {sms: {zh-CN: \"已登记{{number}}。\", de: Nummer}}}\n");
    const struct notice_template *t = notice_template(&s, "registered_complainant");

    cr_assert_eq(notice_standard(&arena, &standard), 0);
    cr_assert_str_eq(notice_text(&s, t, NOTICE_SMS, "zh-CN")->text, "已登记{{number}}。");
    cr_assert_str_eq(notice_text(&s, t, NOTICE_SMS, "de")->text, "Nummer");
    cr_assert_str_eq(
        notice_text(&s, t, NOTICE_SMS, "en")->text,
        notice_text(&standard, notice_template(&standard, "registered_complainant"), NOTICE_SMS, "en")->text);
    cr_assert_eq(t->text_count, notice_template(&standard, "registered_complainant")->text_count + 1);
}

Test(notice_file, events_without_a_route_are_missing)
{
    struct notice_settings none = { 0 };
    const char *const *missing = notice_missing_events(&arena, &none);
    size_t count = 0;

    cr_assert_str_eq(missing[0], "registered");
    while (missing[count])
        count++;
    cr_assert_eq(count, 54 + 9); /* members of ComplaintEvent and of SlaEvent */
    cr_assert_str_eq(missing[count - 1], "sla.due_changed");
}

/* ---- mistakes ---- */

/* One mistake each: the text, where it must be told, and words that must be in what is told. */
struct mistake {
    const char *text, *place, *words;
};

#define ROUTE     "routes:\n  - event: assigned\n    "
#define BOUNCES   "mail: {bounces: {user: bounces, password_file: /etc/bounces.secret, "
#define ROUTE_END "template: assigned_handler\n    to: handler\n    channels: [sms]\n"

static const struct mistake mistakes[] = {
    { "local: en\n", "n.yaml:1:1:", "locale" },
    { "- a\n", "n.yaml:1:1:", "found a list" },
    { "locale: Chinese\n", "n.yaml:1:9:", "zh-CN or en" },
    { "sign: 【示范】\n", "n.yaml:1:7:", "the brackets come by itself" },
    { "sign: 一二三四五六七八九十一二三\n", "n.yaml:1:7:", "12" },
    { "quiet: {from: \"21:00\"}\n", "n.yaml:1:8:", "to" },
    { "quiet: {from: \"9:00\", to: \"24:00\"}\n", "n.yaml:1:15:", "found \"9:00\"" },
    { "quiet: {from: \"09:00\", to: \"24:00\"}\n", "n.yaml:1:28:", "found \"24:00\"" },
    { "limits: {sms_per_day: -1}\n", "n.yaml:1:23:", "found \"-1\"" },
    { "mail: {from: nobody}\n", "n.yaml:1:14:", "one address" },
    { "mail: {from: \"A <a@example.com>\"}\n", "n.yaml:1:14:", "one address" },
    { "mail: {return_path: nobody}\n", "n.yaml:1:21:", "one address" },
    { BOUNCES "url: \"imap://a/b/\"}}\n", "n.yaml:1:74:", "imaps://mail.example.com/INBOX" },
    { BOUNCES "url: \"imap:///b\"}}\n", "n.yaml:1:74:", "imaps://mail.example.com/INBOX" },
    { BOUNCES "url: \"imap://me@a/b\"}}\n", "n.yaml:1:74:", "without the user" },
    { BOUNCES "url: \"pop3s://a/b\"}}\n", "n.yaml:1:74:", "imaps://mail.example.com/INBOX" },
    { BOUNCES "url: \"imaps://a\", every: 4s}}\n", "n.yaml:1:94:", "5s to 60m" },
    { BOUNCES "url: \"imaps://a\", every: 61m}}\n", "n.yaml:1:94:", "5s to 60m" },
    { BOUNCES "url: \"imaps://a\", every: 60}}\n", "n.yaml:1:94:", "5s to 60m" },
    { BOUNCES "url: \"imaps://a\", port: 993}}\n", "n.yaml:1:87:", "port" },
    { "mail: {bounces: {user: u, password_file: p}}\n", "n.yaml:1:17:", "url" },
    { "mail: {bounces: {url: \"imaps://a\"}}\n", "n.yaml:1:17:", "user" },
    { "receipts_url: redress.example.com\n", "n.yaml:1:15:", "https://" },
    { "receipts_url: https://redress.example.com/\n", "n.yaml:1:15:", "without a / at its end" },
    { "lists: {Night: [S1]}\n", "n.yaml:1:9:", "small letters" },
    { "lists: {night: []}\n", "n.yaml:1:16:", "1 to 500" },
    /* templates */
    { "templates: {ours: {pigeon: {en: a}}}\n", "n.yaml:1:20:", "sms" },
    { "templates: {ours: {sms: {}}}\n", "n.yaml:1:25:", "found 0 languages" },
    { "templates: {ours: {sms: {English: a}}}\n", "n.yaml:1:26:", "zh-CN or en" },
    { "templates: {ours: {sms: {en: \"{{#a}}\"}}}\n", "n.yaml:1:30:", "found no {{/a}}" },
    { "templates: {ours: {sms: {en: {text: a, subject: b}}}}\n", "n.yaml:1:40:", "subject" },
    { "templates: {ours: {email: {en: {subject: a}}}}\n", "n.yaml:1:32:", "text: found nothing" },
    { "templates: {ours: {email: {en: {text: a, html: \"{{/b}}\"}}}}\n", "n.yaml:1:48:", "no {{#b}} before it" },
    { "templates: {Ours: {sms: {en: a}}}\n", "n.yaml:1:13:", "small letters" },
    /* gateways */
    { ALIYUN "  - {gateway: main, kind: file, settings: {path: a}}\n", "n.yaml:7:15:", "the same as in line 2" },
    { "gateways: [{gateway: a, kind: pigeon}]\n", "n.yaml:1:31:", "aliyun" },
    { "gateways: [{gateway: a, kind: file}]\n", "n.yaml:1:12:", "settings.path: found nothing" },
    { "gateways: [{gateway: a, kind: file, settings: {path: a, file: b}}]\n", "n.yaml:1:57:", "path" },
    { "gateways: [{gateway: a, kind: file, settings: {path: a}, in_flight: 0}]\n", "n.yaml:1:69:", "found \"0\"" },
    { ALIYUN "    unknown: again\n", "n.yaml:7:14:", "other_channel" },
    { ALIYUN "    templates: {nobody: SMS_1}\n", "n.yaml:7:17:", "name of a template" },
    { ALIYUN "    templates: {assigned_handler.English: SMS_1}\n", "n.yaml:7:17:", "assigned_handler.en" },
    { ALIYUN "    templates: {assigned_handler: {id: SMS_1, review: lost}}\n", "n.yaml:7:55:", "pending" },
    /* routes */
    { "routes: [{event: asigned, none: because}]\n", "n.yaml:1:18:", "perhaps assigned" },
    { "routes: [{event: sla.registered, none: because}]\n", "n.yaml:1:18:", "found \"sla.registered\"" },
    { "routes: [{event: assigned, none: because, to: handler}]\n", "n.yaml:1:43:", "found to beside none" },
    { "routes: [{event: noted, none: a}, {event: noted, none: b}]\n", "n.yaml:1:35:", "none alone" },
    { ROUTE "when: {reason: authority}\n    " ROUTE_END, "n.yaml:3:12:", "which assigned does not have" },
    { ROUTE "when: {severity: huge}\n    " ROUTE_END, "n.yaml:3:22:", "general, major" },
    { ROUTE "when: {phone: maybe}\n    " ROUTE_END, "n.yaml:3:19:", "true or false" },
    { ROUTE "when: {category_confidence: much}\n    " ROUTE_END, "n.yaml:3:33:", "a number" },
    { ROUTE "when: {severity: []}\n    " ROUTE_END, "n.yaml:3:22:", "found 0 values" },
    { ROUTE "template: nobody\n    to: handler\n    channels: [sms]\n", "n.yaml:3:15:", "name of a template" },
    { ROUTE "template: assigned_handler\n    to: boss\n    channels: [sms]\n", "n.yaml:4:9:", "department_head" },
    { ROUTE "template: assigned_handler\n    to: list\n    channels: [sms]\n", "n.yaml:4:9:", "list:NAME" },
    { ROUTE "template: assigned_handler\n    to: list:night\n    channels: [sms]\n", "n.yaml:4:9:", "under lists" },
    { ROUTE "template: major_leaders\n    to: group:robot\n    channels: [group]\n", "n.yaml:4:9:", "under gateways" },
    { ROUTE "template: major_leaders\n    to: group\n    channels: [sms]\n", "n.yaml:5:16:", "for a group" },
    { ROUTE "template: major_leaders\n    to: duty\n    channels: [group]\n", "n.yaml:5:16:", "for people" },
    { ROUTE "template: assigned_handler\n    to: duty\n    channels: [wechat]\n", "n.yaml:5:16:", "has no text" },
    { ROUTE "template: assigned_handler\n    to: duty\n    channels: [preferred]\n", "n.yaml:5:15:", "no channel" },
    { ROUTE "template: assigned_handler\n    to: duty\n    channels: [sms, preferred]\n", "n.yaml:5:21:", "first" },
    { ROUTE "template: assigned_handler\n    to: duty\n    channels: [sms, sms]\n", "n.yaml:5:21:", "twice" },
    { ROUTE "template: assigned_handler\n    to: duty\n    channels: [pigeon]\n", "n.yaml:5:16:", "preferred, sms" },
    { ROUTE "urgency: asap\n    " ROUTE_END, "n.yaml:3:14:", "urgent" },
    { ROUTE "digest: 30\n    " ROUTE_END, "n.yaml:3:13:", "30m" },
    { ROUTE "digest: 25h\n    " ROUTE_END, "n.yaml:3:13:", "at most 1d" },
    { ROUTE "expires: 0h\n    " ROUTE_END, "n.yaml:3:14:", "found \"0h\"" },
    { ROUTE "expires: 31d\n    " ROUTE_END, "n.yaml:3:14:", "at most 30d" },
    { ROUTE "digest: 2h\n    expires: 1h\n    " ROUTE_END, "n.yaml:3:13:", "longer than" },
    { ROUTE "digest: 2h\n    urgency: urgent\n    " ROUTE_END, "n.yaml:3:13:", "what is urgent" },
    { "routes: [{to: handler}]\n", "n.yaml:1:10:", "event" },
};

Test(notice_file, mistakes_are_told_with_their_place)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        const struct mistake *m = &mistakes[i];
        struct notice_settings s;

        cr_assert_eq(load(m->text, &s), ERR_FATAL, "not refused: %s", m->text);
        cr_expect(strstr(err_text(), m->place) && strstr(err_text(), m->words), "%s\nwants %s %s\nsays %s", m->text,
                  m->place, m->words, err_text());
    }
}

Test(notice_file, all_mistakes_are_told_at_once)
{
    struct notice_settings s;

    cr_assert_eq(load("locale: Chinese\nbounced_days: x\nroutes: [{event: nothing, none: a}, {event: noted, to: boss, "
                      "channels: sms, template: nobody}]\n",
                      &s),
                 ERR_FATAL);
    cr_assert(strstr(err_text(), "n.yaml:1:") && strstr(err_text(), "n.yaml:2:") && strstr(err_text(), "nothing") &&
                  strstr(err_text(), "boss") && strstr(err_text(), "nobody"),
              "%s", err_text());
}

Test(notice_file, what_was_there_stays_where_a_file_is_refused)
{
    struct notice_settings s = { .locale = "before" };

    cr_assert_eq(load("locale: Chinese\n", &s), ERR_FATAL);
    cr_assert_str_eq(s.locale, "before");
}

Test(notice_file, too_much_is_refused)
{
    struct notice_settings s;
    struct strbuf b;

    strbuf_init(&b, &arena);
    strbuf_adds(&b, "routes:\n");
    for (int i = 0; i < 1001; i++)
        strbuf_adds(&b, "  - {event: assigned, to: duty, channels: sms, template: assigned_handler}\n");
    cr_assert_eq(load(b.data, &s), ERR_FATAL);
    cr_assert_not_null(strstr(err_text(), "found 1001 routes"), "%s", err_text());
}
