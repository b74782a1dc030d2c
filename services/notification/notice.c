#include "notice.h"

#include <string.h>

const char *const notice_channel_names[] = { "sms", "email", "wechat", "group", "webhook", NULL };
const char *const notice_audience_names[] = {
    "complainant", "handler", "department_head", "customer_service", "leaders", "receivers", "duty", "list",
    "group",       NULL
};
const char *const notice_urgency_names[] = { "low", "normal", "urgent", NULL };

const struct notice_template *notice_template(const struct notice_settings *s, const char *name)
{
    for (size_t i = 0; i < s->template_count; i++)
        if (strcmp(s->templates[i].name, name) == 0)
            return &s->templates[i];
    return NULL;
}

static const struct notice_text *text_in(const struct notice_template *t, enum notice_channel channel,
                                         const char *locale)
{
    for (size_t i = 0; i < t->text_count; i++)
        if (t->texts[i].channel == channel && (!locale || strcmp(t->texts[i].locale, locale) == 0))
            return &t->texts[i];
    return NULL;
}

const struct notice_text *notice_text(const struct notice_settings *s, const struct notice_template *t,
                                      enum notice_channel channel, const char *locale)
{
    const struct notice_text *found = text_in(t, channel, locale);

    if (!found)
        found = text_in(t, channel, s->locale);
    return found ? found : text_in(t, channel, NULL);
}

const struct gateway *notice_gateway(const struct notice_settings *s, const char *name)
{
    for (size_t i = 0; i < s->gateway_count; i++)
        if (strcmp(s->gateways[i].name, name) == 0)
            return &s->gateways[i];
    return NULL;
}

const struct notice_list *notice_list(const struct notice_settings *s, const char *name)
{
    for (size_t i = 0; i < s->list_count; i++)
        if (strcmp(s->lists[i].name, name) == 0)
            return &s->lists[i];
    return NULL;
}

const char *notice_fact(const struct notice_facts *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->items[i].name, name) == 0)
            return f->items[i].value;
    return NULL;
}
