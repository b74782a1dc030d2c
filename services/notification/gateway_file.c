/* A file that gets one JSON line per message: for trials, where nothing may leave. */
#include <string.h>

#include "gateway_call.h"
#include "gateway_kinds.h"
#include "signature.h"

#define TIMEOUT_MS 5000

static void add_text(struct strbuf *out, const char *name, const char *value)
{
    strbuf_printf(out, "%s\"%s\":", out->len == 0 ? "{" : ",", name);
    strbuf_add_json(out, value, strlen(value));
}

/* A path as a URL: what is no plain character is encoded, the slashes stay. */
static const char *url_of(struct arena *a, const char *path)
{
    struct strbuf url;

    strbuf_init(&url, a);
    strbuf_adds(&url, "file://");
    for (; *path; path++)
        if (*path == '/' || ascii_consists_of(path, 1, "-._~"))
            strbuf_addc(&url, *path);
        else
            strbuf_printf(&url, "%%%02X", (unsigned char)*path);
    return url.data;
}

static int build(const struct gateway *g, const struct outgoing *o, struct arena *a, struct transfer *t,
                 const char **ret_why)
{
    const char *path = gateway_setting(g, "path");
    struct strbuf line;

    if (*path != '/') {
        *ret_why = "path must begin with /";
        return 1;
    }
    strbuf_init(&line, a);
    add_text(&line, "id", o->id);
    add_text(&line, "time", signature_date(a, o->now_us));
    add_text(&line, "channel", notice_channel_names[o->channel - 1]);
    add_text(&line, "to", o->to);
    add_text(&line, "template", o->template);
    add_text(&line, "locale", o->locale);
    add_text(&line, "subject", o->subject);
    add_text(&line, "text", o->text);
    strbuf_adds(&line, "}\n");
    t->url = url_of(a, path);
    t->append = true;
    t->body = line.data;
    t->body_len = line.len;
    t->timeout_ms = t->connect_timeout_ms = TIMEOUT_MS;
    return 0;
}

static void read_answer(const struct gateway *g, const struct transfer *t, struct arena *a, struct answer *ret)
{
    (void)g, (void)t, (void)a;
    ret->class = ANSWER_ACCEPTED;
    ret->code = "written";
}

const struct gateway_kind gateway_file = {
    .name = "file",
    .channels = 1U << NOTICE_SMS | 1U << NOTICE_EMAIL | 1U << NOTICE_WECHAT | 1U << NOTICE_GROUP | 1U << NOTICE_WEBHOOK,
    .help = "a file with a JSON line per message, for trials",
    .settings = {
        { "path", true, NULL, "file to write to; it holds addresses and texts" },
    },
    .build = build,
    .read = read_answer,
};
