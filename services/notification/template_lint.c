#include "template_lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway.h"

#define FINDINGS_MAX 1000

void lint_add(struct lint *l, enum lint_weight weight, const char *format, ...)
{
    char text[400];
    va_list args;

    if (l->count == FINDINGS_MAX)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    l->findings = arena_room(l->arena, l->findings, l->count, &l->cap, sizeof *l->findings, 16);
    l->findings[l->count++] = (struct template_finding){
        .template = l->template->name,
        .channel = l->text ? notice_channel_names[l->text->channel - 1] : l->channel,
        .locale = l->text ? l->text->locale : l->locale,
        .fatal = weight == LINT_FATAL,
        .text = arena_strdup(l->arena, text),
    };
}

static bool uses(const struct notice_route *route, const struct notice_template *t)
{
    return !route->none && strcmp(route->template, t->name) == 0;
}

static bool goes_over(const struct notice_route *route, enum notice_channel channel)
{
    for (size_t i = 0; i < route->channel_count; i++)
        if (route->channels[i] == channel)
            return true;
    return route->preferred && channel != NOTICE_GROUP && channel != NOTICE_WEBHOOK;
}

/* ---- names ---- */

static bool among(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static const char *joined(struct arena *a, const char *const *names)
{
    struct strbuf b;

    strbuf_init(&b, a);
    for (size_t i = 0; names[i]; i++)
        strbuf_printf(&b, "%s%s", i ? " " : "", names[i]);
    return b.data;
}

/* Personal words stay in mails, which only their reader opens (R46). */
static void check_personal(struct lint *l, const char *name)
{
    if (l->text->channel == NOTICE_EMAIL || (strcmp(name, "name") != 0 && strncmp(name, "text.", 5) != 0))
        return;
    lint_add(l, LINT_FATAL, "found {{%s}}, which is about a person; allowed is it in an e-mail only", name);
}

static void check_names(struct lint *l, const char *event)
{
    const char *const *names = template_names(l->arena, event);

    for (size_t i = 0; i < l->text->var_count; i++)
        if (!among(names, l->text->vars[i]))
            lint_add(l, LINT_FATAL, "found {{%s}}, which %s; allowed are %s", l->text->vars[i],
                     *event ? arena_printf(l->arena, "%s does not have", event) : "no event has",
                     joined(l->arena, names));
}

/* Once for each event that the text tells of; a template that no route uses may be for any. */
static const char *check_events(struct lint *l)
{
    const struct notice_settings *s = l->settings;
    const char *first = NULL;

    for (size_t i = 0; i < s->route_count; i++) {
        bool again =
            i > 0 && uses(&s->routes[i - 1], l->template) && strcmp(s->routes[i].event, s->routes[i - 1].event) == 0;

        if (!uses(&s->routes[i], l->template) || again)
            continue;
        check_names(l, s->routes[i].event);
        first = first ? first : s->routes[i].event;
    }
    if (first)
        return first;
    first = template_is_own(l->template->name) ? l->template->name : "";
    check_names(l, first);
    return first;
}

/* ---- what a provider knows ---- */

static void check_params(struct lint *l, const struct gateway *g, const struct gateway_template *t)
{
    for (size_t i = 0; i < t->param_count; i++) {
        bool found = false;

        for (size_t v = 0; v < l->text->var_count && !found; v++)
            found = strcmp(l->text->vars[v], t->params[i][0]) == 0;
        if (!found)
            lint_add(l, LINT_FATAL,
                     "gateway %s: found the parameter %s, which the text does not have; allowed are its "
                     "names",
                     g->name, t->params[i][0]);
    }
}

static void check_gateway(struct lint *l, const struct gateway *g)
{
    const struct gateway_template *t = gateway_template_of(g, l->template->name, l->text->locale);

    if (!t && g->kind->needs_template)
        lint_add(l, LINT_FATAL, "gateway %s: found nothing under templates; allowed is what the provider calls it",
                 g->name);
    if (!t)
        return;
    if (t->review == REVIEW_REJECTED)
        lint_add(l, LINT_FATAL, "gateway %s: the provider rejected %s; allowed is one that is approved", g->name,
                 t->id);
    if (t->review == REVIEW_PENDING)
        lint_add(l, LINT_WARNING, "gateway %s: the provider has not yet approved %s", g->name, t->id);
    check_params(l, g, t);
}

static bool is_sent(const struct lint *l, enum notice_channel channel)
{
    for (size_t i = 0; i < l->settings->route_count; i++)
        if (uses(&l->settings->routes[i], l->template) && goes_over(&l->settings->routes[i], channel))
            return true;
    return false;
}

static void check_gateways(struct lint *l)
{
    for (size_t i = 0; i < l->settings->gateway_count; i++) {
        const struct gateway *g = &l->settings->gateways[i];

        if ((g->kind->channels & 1U << l->text->channel) && is_sent(l, l->text->channel))
            check_gateway(l, g);
    }
}

/* ---- a template ---- */

static void check_text(struct lint *l)
{
    struct notice_facts worst;
    const char *event = check_events(l);

    for (size_t i = 0; i < l->text->var_count; i++)
        check_personal(l, l->text->vars[i]);
    if (l->text->channel == NOTICE_SMS) {
        template_sample_facts(l->arena, event, true, &worst);
        lint_sms(l, &worst);
    }
    check_gateways(l);
}

static bool has_text(const struct notice_template *t, enum notice_channel channel, const char *locale)
{
    for (size_t i = 0; i < t->text_count; i++)
        if (t->texts[i].channel == channel && (!locale || strcmp(t->texts[i].locale, locale) == 0))
            return true;
    return false;
}

/* Both languages of the standard, and the tenant's own. */
static void check_locales(struct lint *l, enum notice_channel channel)
{
    const char *const wanted[] = { l->settings->locale, "zh-CN", "en" };

    for (size_t i = 0; i < 3; i++) {
        bool again = i > 0 && strcmp(wanted[i], wanted[0]) == 0;

        if (again || has_text(l->template, channel, wanted[i]))
            continue;
        l->locale = wanted[i];
        lint_add(l, LINT_WARNING, "found no text in this language; allowed is one in each of %s, zh-CN and en",
                 wanted[0]);
    }
}

static void check_channels(struct lint *l)
{
    for (int c = NOTICE_SMS; c <= NOTICE_WEBHOOK; c++) {
        enum notice_channel channel = (enum notice_channel)c;

        l->channel = notice_channel_names[c - 1];
        l->locale = "";
        if (has_text(l->template, channel, NULL))
            check_locales(l, channel);
    }
    l->channel = l->locale = "";
}

/* A route's own channels; what only the recipient prefers may be without a text. */
static void check_routes(struct lint *l)
{
    bool used = false;

    for (size_t i = 0; i < l->settings->route_count; i++) {
        const struct notice_route *route = &l->settings->routes[i];

        if (!uses(route, l->template))
            continue;
        used = true;
        for (size_t c = 0; c < route->channel_count; c++) {
            l->channel = notice_channel_names[route->channels[c] - 1];
            if (route->channels[c] != NOTICE_WEBHOOK && !has_text(l->template, route->channels[c], NULL))
                lint_add(l, LINT_FATAL, "found no text, but a route of %s goes over it; allowed is a text",
                         route->event);
        }
    }
    l->channel = "";
    if (!used && !template_is_own(l->template->name))
        lint_add(l, LINT_WARNING, "no route uses it");
}

struct template_finding *template_lint(struct arena *a, const struct notice_settings *s, size_t *ret_count)
{
    struct lint l = { .arena = a, .settings = s, .channel = "", .locale = "" };

    for (size_t i = 0; i < s->template_count; i++) {
        l.template = &s->templates[i];
        l.text = NULL;
        check_routes(&l);
        check_channels(&l);
        for (size_t t = 0; t < s->templates[i].text_count; t++) {
            l.text = &s->templates[i].texts[t];
            check_text(&l);
        }
    }
    *ret_count = l.count;
    return l.findings;
}
