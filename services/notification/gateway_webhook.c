/* The group's own systems: a CloudEvent (1.0, structured mode), signed. */
#include <string.h>

#include "gateway_call.h"
#include "gateway_kinds.h"
#include "signature.h"

static void add_text(struct strbuf *out, const char *name, const char *value)
{
    strbuf_printf(out, "\"%s\":", name);
    strbuf_add_json(out, value, strlen(value));
    strbuf_addc(out, ',');
}

static int build(const struct gateway *g, const struct outgoing *o, struct arena *a, struct transfer *t,
                 const char **ret_why)
{
    const char *secret = gateway_secret(a, g, "secret");
    struct strbuf body;

    if (gateway_call_init(g, t, "POST", gateway_setting(g, "endpoint"), false, ret_why))
        return 1;
    if (!*secret) {
        *ret_why = "the secret that signs the webhook is empty";
        return 1;
    }
    strbuf_init(&body, a);
    strbuf_addc(&body, '{');
    add_text(&body, "specversion", "1.0");
    add_text(&body, "id", o->id); /* the same for each attempt: the receiver drops a second one */
    add_text(&body, "source", gateway_setting(g, "source"));
    add_text(&body, "type", arena_printf(a, "redress.%s", o->event));
    add_text(&body, "time", signature_date(a, o->now_us));
    add_text(&body, "datacontenttype", "application/json");
    strbuf_printf(&body, "\"data\":%s}", *o->data ? o->data : "{}");
    gateway_call_body(a, t, "application/cloudevents+json; charset=utf-8", &body);
    gateway_call_header(a, t, "Redress-Signature", signature_webhook(a, secret, o->now_us, body.data));
    return 0;
}

static void read_answer(const struct gateway *g, const struct transfer *t, struct arena *a, struct answer *ret)
{
    (void)g, (void)a;
    ret->class = answer_class_of_status(t);
}

const struct gateway_kind gateway_webhook = {
    .name = "webhook",
    .channels = 1U << NOTICE_WEBHOOK,
    .help = "the group's own systems: signed CloudEvents over HTTPS",
    .settings = {
        { "endpoint", true, NULL, "URL that takes the events" },
        { "secret_file", true, NULL, "file with the secret that signs them" },
        { "source", false, "/redress", "attribute source of the events" },
        GATEWAY_CALL_SETTINGS,
    },
    .build = build,
    .read = read_answer,
};
