/* The standard: what every tenant has without a file of its own. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/base/error.h"
#include "services/notification/notice_event.h"
#include "services/notification/notice_file.h"
#include "services/notification/template.h"

static struct arena arena;
static struct notice_settings s;

static void set_up(void)
{
    arena_init(&arena, 0);
    cr_assert_eq(notice_standard(&arena, &s), 0, "%s", err_text());
}

static void tear_down(void)
{
    arena_done(&arena);
}

TestSuite(notice_standard, .init = set_up, .fini = tear_down);

Test(notice_standard, every_event_has_a_route_or_says_why_not)
{
    const char *const *missing = notice_missing_events(&arena, &s);

    cr_assert_null(*missing, "%s", *missing);
    for (size_t i = 0; i < s.route_count; i++)
        if (s.routes[i].none)
            cr_assert_gt(strlen(s.routes[i].why), 10, "%s", s.routes[i].event);
}

Test(notice_standard, nothing_is_found_in_its_words)
{
    size_t count;
    const struct template_finding *f = template_lint(&arena, &s, &count);

    cr_assert_eq(count, 0, "%s %s %s: %s", f->template, f->channel, f->locale, f->text);
}

/* Whether some route of the event tells the audience. */
static const struct notice_route *told(const char *event, enum notice_audience to)
{
    for (size_t i = 0; i < s.route_count; i++)
        if (!s.routes[i].none && strcmp(s.routes[i].event, event) == 0 && s.routes[i].to == to)
            return &s.routes[i];
    return NULL;
}

Test(notice_standard, the_complainant_hears_what_the_rules_say)
{
    static const char *const events[] = {
        "registered",            /* R3 */
        "acknowledged",          /* R48 */
        "plan_proposed",         /* R26 */
        "appointment_agreed",    /* R24 */
        "work_order_quoted",     /* R31 */
        "work_order_done",       /* R31 */
        "paused",                /* R14 */
        "resumed",               /* R14 */
        "information_requested", /* R14 */
        "rectified",             /* R30 */
        "fed_back",              /* R28 */
        "reminded",              /* R28 */
        "closed",
        "reopened",
        "merged",
        "withdrawn",
        "sla.breached", /* R15-R24, where the policy says so */
        "sla.warning",  /* R23 */
    };

    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        cr_assert_not_null(told(events[i], NOTICE_TO_COMPLAINANT), "%s", events[i]);
}

Test(notice_standard, the_staff_hear_what_the_rules_say)
{
    cr_assert_not_null(told("assigned", NOTICE_TO_HANDLER));              /* R11 */
    cr_assert_not_null(told("assigned", NOTICE_TO_DEPARTMENT_HEAD));      /* R6 */
    cr_assert_not_null(told("assigned", NOTICE_TO_CUSTOMER_SERVICE));     /* R10 */
    cr_assert_not_null(told("dissatisfied", NOTICE_TO_HANDLER));          /* R29 */
    cr_assert_not_null(told("reopened", NOTICE_TO_HANDLER));              /* R29 */
    cr_assert_not_null(told("escalated", NOTICE_TO_RECEIVERS));           /* R34 */
    cr_assert_not_null(told("inspection_arranged", NOTICE_TO_RECEIVERS)); /* R13 */
    cr_assert_not_null(told("sla.warning", NOTICE_TO_RECEIVERS));         /* R35 */
    cr_assert_not_null(told("sla.ladder_step", NOTICE_TO_RECEIVERS));     /* R35 */
    cr_assert_not_null(told("sla.breached", NOTICE_TO_CUSTOMER_SERVICE)); /* R32 */
}

Test(notice_standard, leaders_hear_of_a_major_one_at_night_too)
{
    const struct notice_route *r = told("assigned", NOTICE_TO_LEADERS);

    cr_assert_not_null(r);
    cr_assert_eq(r->urgency, NOTICE_URGENT);
    cr_assert_eq(r->condition_count, 1);
    cr_assert_str_eq(r->conditions[0].field, "severity");
    cr_assert_str_eq(r->conditions[0].values[0], "major");
}

Test(notice_standard, the_result_goes_by_mail_first)
{
    const struct notice_route *r = told("fed_back", NOTICE_TO_COMPLAINANT);

    cr_assert(!r->preferred);
    cr_assert_eq(r->channels[0], NOTICE_EMAIL);
}

Test(notice_standard, the_weekly_message_asks_first)
{
    cr_assert(told("sla.warning", NOTICE_TO_COMPLAINANT)->ask_first);
}

Test(notice_standard, nothing_wakes_a_complainant)
{
    for (size_t i = 0; i < s.route_count; i++)
        if (!s.routes[i].none && s.routes[i].to == NOTICE_TO_COMPLAINANT)
            cr_assert_neq(s.routes[i].urgency, NOTICE_URGENT, "%s", s.routes[i].event);
    cr_assert_eq(s.quiet_from_minute, 21 * 60);
    cr_assert_eq(s.quiet_to_minute, 8 * 60);
}

Test(notice_standard, every_text_is_in_both_languages)
{
    for (size_t i = 0; i < s.template_count; i++)
        for (size_t t = 0; t < s.templates[i].text_count; t++) {
            const struct notice_text *text = &s.templates[i].texts[t];

            cr_assert_str_eq(notice_text(&s, &s.templates[i], text->channel, "en")->locale, "en");
            cr_assert_str_eq(notice_text(&s, &s.templates[i], text->channel, "zh-CN")->locale, "zh-CN");
        }
}

Test(notice_standard, a_chinese_sms_with_usual_values_is_one_part)
{
    size_t seen = 0;

    for (size_t i = 0; i < s.template_count; i++) {
        const struct notice_template *t = &s.templates[i];
        struct notice_facts facts;
        struct strbuf b;
        const char *missing = "";

        if (t->texts[0].channel != NOTICE_SMS)
            continue;
        template_sample_facts(&arena, template_is_own(t->name) ? t->name : "", false, &facts);
        strbuf_init(&b, &arena);
        strbuf_adds(&b, "【示范地产】");
        cr_assert_eq(template_render(&b, t->texts[0].text, &facts, TEMPLATE_LINE, &missing), 0, "%s: %s", t->name,
                     missing);
        cr_assert_eq(template_sms_parts(b.data), 1, "%s: %s", t->name, b.data);
        seen++;
    }
    cr_assert_gt(seen, 40);
}

Test(notice_standard, mails_to_complainants_have_the_subject_of_r4)
{
    for (size_t i = 0; i < s.template_count; i++)
        for (size_t t = 0; strstr(s.templates[i].name, "_complainant") && t < s.templates[i].text_count; t++)
            if (s.templates[i].texts[t].channel == NOTICE_EMAIL)
                cr_assert_str_eq(s.templates[i].texts[t].subject, "[{{project}}]-客户投诉-{{number}}");
}
