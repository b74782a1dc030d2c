#include <string.h>

#include "gateway_call.h"
#include "gateway_kinds.h"

const char *const answer_class_names[] = { "accepted", "retry",  "throttled", "permanent", "address",
                                           "template", "credit", "refused",   "unknown",   NULL };

const struct gateway_kind *const gateway_kinds[] = {
    &gateway_aliyun, &gateway_tencent,  &gateway_twilio, &gateway_kannel,  &gateway_http, &gateway_smtp,
    &gateway_wecom,  &gateway_dingtalk, &gateway_wechat, &gateway_webhook, &gateway_file, NULL,
};

const struct gateway_kind *gateway_kind(const char *name)
{
    for (size_t i = 0; gateway_kinds[i]; i++)
        if (strcmp(gateway_kinds[i]->name, name) == 0)
            return gateway_kinds[i];
    return NULL;
}

/* The settings' names in the file: those of secrets end in _file there and not here. */
static bool is_setting(const char *in_file, const char *key)
{
    size_t len = strlen(key);

    return strncmp(in_file, key, len) == 0 && (in_file[len] == '\0' || strcmp(in_file + len, "_file") == 0);
}

const char *gateway_setting(const struct gateway *g, const char *key)
{
    for (size_t i = 0; i < g->setting_count; i++)
        if (strcmp(g->settings[i].key, key) == 0)
            return g->settings[i].value;
    for (const struct gateway_setting *s = g->kind->settings; s->key; s++)
        if (is_setting(s->key, key))
            return s->fallback ? s->fallback : "";
    return "";
}

const struct gateway_template *gateway_template_of(const struct gateway *g, const char *template, const char *locale)
{
    const struct gateway_template *every = NULL;

    for (size_t i = 0; i < g->template_count; i++) {
        const struct gateway_template *t = &g->templates[i];

        if (strcmp(t->template, template) != 0)
            continue;
        if (strcmp(t->locale, locale) == 0)
            return t;
        if (!t->locale[0])
            every = t;
    }
    return every;
}

const char *gateway_param(const struct gateway_template *t, const char *ours)
{
    for (size_t i = 0; i < t->param_count; i++)
        if (strcmp(t->params[i][0], ours) == 0)
            return t->params[i][1];
    return ours;
}

/* ---- answers ---- */

static bool code_fits(const char *row, const char *code)
{
    size_t len = strlen(row);

    if (len > 0 && row[len - 1] == '*')
        return strncmp(row, code, len - 1) == 0;
    return strcmp(row, code) == 0;
}

const struct answer_code *answer_code_row(const struct answer_code *codes, const char *code)
{
    while (codes->code[0] && !code_fits(codes->code, code))
        codes++;
    return codes;
}

enum answer_class answer_class_of(const struct answer_code *codes, const char *code)
{
    return answer_code_row(codes, code)->class;
}

enum answer_class answer_class_of_status(const struct transfer *t)
{
    static const struct {
        long from, to;
        enum answer_class class;
    } all[] = {
        { 200, 299, ANSWER_ACCEPTED },  { 300, 399, ANSWER_REFUSED },   { 401, 401, ANSWER_REFUSED },
        { 403, 403, ANSWER_REFUSED },   { 408, 408, ANSWER_THROTTLED }, { 425, 425, ANSWER_THROTTLED },
        { 429, 429, ANSWER_THROTTLED }, { 400, 499, ANSWER_PERMANENT },
    };

    if (t->status == 503 && t->retry_after_ms > 0)
        return ANSWER_THROTTLED;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (t->status >= all[i].from && t->status <= all[i].to)
            return all[i].class;
    return ANSWER_UNKNOWN;
}

void answer_of(const struct gateway *g, const struct transfer *t, struct arena *a, struct answer *ret)
{
    *ret = (struct answer){ .class = ANSWER_UNKNOWN, .request_id = "", .code = "" };
    if (t->end == TRANSFER_NOT_SENT) {
        ret->class = ANSWER_RETRY;
        ret->code = "no connection";
        return;
    }
    if (t->end != TRANSFER_ANSWERED) {
        ret->code = t->timed_out ? "timeout" : "no answer";
        return;
    }
    ret->retry_after_ms = t->retry_after_ms;
    g->kind->read(g, t, a, ret);
    ret->request_id = gateway_request_id(ret->request_id);
    if (!ret->code[0] && t->status > 0)
        ret->code = arena_printf(a, "http %ld", t->status);
}
