/* template: the words of notifications, looked through and shown, without any server. The file is in
 * docs/notifications.md. */
#include <stdio.h>
#include <string.h>

#include "common/base/error.h"
#include "ctl.h"
#include "services/notification/notice_file.h"
#include "services/notification/template.h"

/* The tenant's file on top of the standard, or the standard alone. Secrets are the daemon's. */
static int load(struct ctl *c, struct notice_settings *ret)
{
    int e = c->argc ? notice_load_file(c->arena, c->argv[0], false, ret) : notice_standard(c->arena, ret);

    return e < 0 ? ctl_fail(CTL_FAILURE, "%s", err_text()) : CTL_OK;
}

/* ---- lint ---- */

static bool print_findings(struct ctl *c, const struct template_finding *findings, size_t count)
{
    static const struct ctl_column columns[] = {
        { "template", "template", CTL_TEXT }, { "channel", "channel", CTL_TEXT }, { "locale", "locale", CTL_TEXT },
        { "weight", "weight", CTL_TEXT },     { "finding", "finding", CTL_TEXT },
    };
    struct ctl_rows *rows = ctl_rows_new(c, columns, 5);
    bool fatal = false;

    for (size_t i = 0; i < count; i++) {
        ctl_add_text(rows, findings[i].template);
        ctl_add_text(rows, findings[i].channel);
        ctl_add_text(rows, findings[i].locale);
        ctl_add_text(rows, findings[i].fatal ? "fatal" : "warning");
        ctl_add_text(rows, findings[i].text);
        fatal = fatal || findings[i].fatal;
    }
    ctl_rows_end(rows);
    return fatal;
}

static int cmd_lint(struct ctl *c)
{
    struct notice_settings s;
    struct template_finding *findings;
    size_t count;
    int status = load(c, &s);

    if (status)
        return status;
    findings = template_lint(c->arena, &s, &count);
    if (count == 0 && c->output == CTL_TABLE) {
        printf("%zu templates, nothing found\n", s.template_count);
        return CTL_OK;
    }
    return print_findings(c, findings, count) ? CTL_FAILURE : CTL_OK;
}

/* ---- preview ---- */

struct preview {
    struct ctl *ctl;
    const struct notice_settings *settings;
    const struct notice_template *template;
    struct notice_facts facts;
    struct ctl_rows *rows; /* NULL: pages for people */
    size_t shown;
};

static const char *event_of(const struct notice_settings *s, const char *template)
{
    if (template_is_own(template))
        return template;
    for (size_t i = 0; i < s->route_count; i++)
        if (!s->routes[i].none && strcmp(s->routes[i].template, template) == 0)
            return s->routes[i].event;
    return "";
}

/* What the finished text is; a name that nobody knows is shown as what it is. */
static const char *rendered(struct preview *p, const char *text, enum template_form form)
{
    const char *missing;
    struct strbuf b;

    strbuf_init(&b, p->ctl->arena);
    strbuf_adds(&b, "");
    if (template_render(&b, text, &p->facts, form, &missing) != 0)
        strbuf_printf(&b, "(not sent: nothing is known of {{%s}})", missing);
    return b.data;
}

static const char *whole_text(struct preview *p, const struct notice_text *t)
{
    bool sms = t->channel == NOTICE_SMS;
    const char *text = rendered(p, t->text, sms ? TEMPLATE_LINE : TEMPLATE_PLAIN);

    return sms && *p->settings->sign ? arena_printf(p->ctl->arena, "【%s】%s", p->settings->sign, text) : text;
}

static void print_page(const struct preview *p, const struct notice_text *t, const char *subject, const char *text,
                       int parts)
{
    printf("%s== %s, %s, %s", p->shown ? "\n" : "", p->template->name, notice_channel_names[t->channel - 1], t->locale);
    if (parts)
        printf(", %d part%s", parts, parts == 1 ? "" : "s");
    printf("\n");
    if (*subject)
        printf("%s\n\n", subject);
    printf("%s\n", text);
}

static void show_text(struct preview *p, const struct notice_text *t)
{
    const char *text = whole_text(p, t), *subject = rendered(p, t->subject, TEMPLATE_LINE);
    int parts = t->channel == NOTICE_SMS ? template_sms_parts(text) : 0;

    if (!p->rows) {
        print_page(p, t, subject, text, parts);
    } else {
        ctl_add_text(p->rows, p->template->name);
        ctl_add_text(p->rows, notice_channel_names[t->channel - 1]);
        ctl_add_text(p->rows, t->locale);
        ctl_add_int(p->rows, parts);
        ctl_add_text(p->rows, subject);
        ctl_add_text(p->rows, text);
    }
    p->shown++;
}

static bool is_wanted(const struct ctl *c, const struct notice_text *t)
{
    const char *channel = ctl_option(c, "channel"), *locale = ctl_option(c, "locale");

    return (!channel || strcmp(channel, notice_channel_names[t->channel - 1]) == 0) &&
           (!locale || strcmp(locale, t->locale) == 0);
}

static void show_template(struct preview *p)
{
    const struct notice_template *t = p->template;

    template_sample_facts(p->ctl->arena, event_of(p->settings, t->name), ctl_option(p->ctl, "worst") != NULL,
                          &p->facts);
    for (size_t i = 0; i < p->facts.count; i++)
        if (strcmp(p->facts.items[i].name, "sign") == 0 && *p->settings->sign)
            p->facts.items[i].value = p->settings->sign;
    for (size_t i = 0; i < t->text_count; i++)
        if (is_wanted(p->ctl, &t->texts[i]))
            show_text(p, &t->texts[i]);
}

static int cmd_preview(struct ctl *c)
{
    static const struct ctl_column columns[] = {
        { "template", "template", CTL_TEXT }, { "channel", "channel", CTL_TEXT }, { "locale", "locale", CTL_TEXT },
        { "parts", "parts", CTL_NUMBER },     { "subject", "subject", CTL_TEXT }, { "text", "text", CTL_TEXT },
    };
    const char *name = ctl_option(c, "template");
    struct notice_settings s;
    struct preview p = { .ctl = c, .settings = &s };
    int status = load(c, &s);

    if (status)
        return status;
    p.rows = c->output == CTL_TABLE ? NULL : ctl_rows_new(c, columns, 6);
    for (size_t i = 0; i < s.template_count; i++) {
        p.template = &s.templates[i];
        if (!name || strcmp(name, p.template->name) == 0)
            show_template(&p);
    }
    if (p.rows)
        ctl_rows_end(p.rows);
    return p.shown ? CTL_OK : ctl_fail(CTL_NOT_FOUND, "there is no such text");
}

const struct ctl_command template_commands[] = {
    {
        .name = "template lint",
        .arguments = "[FILE]",
        .summary = "look through the words of notifications for what would not arrive",
        .details =
            "FILE is a tenant's notification file, on top of the standard; without it the standard is looked through.\n"
            "Tells names that the event does not have, languages and texts that are missing, and of SMS what carriers\n"
            "and providers refuse: links, telephone numbers, long values, advertising words, more than two parts; of\n"
            "gateways the providers' templates that are missing or not approved. Ends with 1 if a finding is fatal.\n\n"
            "Example:\n"
            "  redressctl template lint deploy/demo.d/tenant/notifications.yaml",
        .max_arguments = 1,
        .run = cmd_lint,
        .offline = true,
    },
    {
        .name = "template preview",
        .arguments = "[FILE]",
        .summary = "show notifications with sample values",
        .details =
            "The values are invented. With --worst they are as long as they can be, and the parts of each SMS are\n"
            "what it can cost at most.\n\n"
            "Example:\n"
            "  redressctl template preview --template registered_complainant --channel sms --locale zh-CN",
        .options = { { "template", "NAME", "only this template" },
                     { "channel", "CHANNEL", "only sms, email, wechat, group or webhook" },
                     { "locale", "LOCALE", "only this language, such as zh-CN or en" },
                     { "worst", NULL, "with the longest values" } },
        .max_arguments = 1,
        .run = cmd_preview,
        .offline = true,
    },
    { 0 },
};
