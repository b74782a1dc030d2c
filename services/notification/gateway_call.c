#include "gateway_call.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/uuid.h"

#define CONNECT_MS     5000
#define TIMEOUT_MS     15000
#define ANSWER_BYTES   (256 * 1024)
#define CODE_MAX       64
#define REQUEST_ID_MAX 200
#define DIGITS_MAX     6 /* in a row of a code */

/* What stands behind the scheme; NULL: there is none. */
static const char *host_of(const char *url)
{
    const char *host = strstr(url, "://");

    return host ? host + 3 : NULL;
}

/* Nobody can listen in between. */
bool gateway_call_is_local(const char *url)
{
    static const char *const names[] = { "localhost", "127.0.0.1", "[::1]" };
    const char *host = host_of(url);
    size_t len;

    if (!host || memchr(host, '@', strcspn(host, "/?#")))
        return false;
    len = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":/?#");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == len && memcmp(names[i], host, len) == 0)
            return true;
    return false;
}

int gateway_call_init(const struct gateway *g, struct transfer *t, const char *method, const char *url,
                      bool plain_is_usual, const char **ret_why)
{
    const char *proxy = gateway_setting(g, "proxy"), *ca = gateway_setting(g, "ca_path");
    const char *host = host_of(url);
    bool plain = strncmp(url, "http://", 7) == 0;

    *ret_why = "the URL of the gateway must not hold a user";
    if (host && memchr(host, '@', strcspn(host, "/?#")))
        return 1;
    *ret_why = "the URL of the gateway must begin with https://";
    if (!plain && strncmp(url, "https://", 8) != 0)
        return 1;
    if (plain && !plain_is_usual && !gateway_call_is_local(url))
        return 1;
    *ret_why = NULL;
    t->url = url;
    t->method = method;
    t->proxy = *proxy ? proxy : NULL;
    t->ca_file = *ca ? ca : NULL;
    t->timeout_ms = g->timeout_ms > 0 ? g->timeout_ms : TIMEOUT_MS;
    t->connect_timeout_ms = t->timeout_ms < CONNECT_MS ? t->timeout_ms : CONNECT_MS;
    t->max_answer = ANSWER_BYTES;
    return 0;
}

void gateway_call_header(struct arena *a, struct transfer *t, const char *name, const char *value)
{
    for (size_t i = 0; i + 1 < TRANSFER_HEADERS_MAX; i++)
        if (!t->headers[i]) {
            t->headers[i] = arena_printf(a, "%s: %s", name, value);
            return;
        }
}

void gateway_call_body(struct arena *a, struct transfer *t, const char *content_type, const struct strbuf *body)
{
    gateway_call_header(a, t, "Content-Type", content_type);
    t->body = body->data;
    t->body_len = body->len;
}

const char *gateway_call_host(struct arena *a, const char *url)
{
    const char *host = host_of(url);

    if (!host)
        host = url;
    return arena_strndup(a, host, strcspn(host, "/?#"));
}

const char *gateway_endpoint(struct arena *a, const struct gateway *g)
{
    const char *url = gateway_setting(g, "endpoint");
    size_t len = strlen(url);

    while (len > 0 && url[len - 1] == '/')
        len--;
    return arena_strndup(a, url, len);
}

const char *gateway_secret(struct arena *a, const struct gateway *g, const char *key)
{
    const char *text = gateway_setting(g, key);
    size_t len = strlen(text);

    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
        len--;
    return arena_strndup(a, text, len);
}

int gateway_template_need(const struct gateway *g, const struct outgoing *o, const struct gateway_template **ret,
                          const char **ret_why)
{
    const struct gateway_template *t = gateway_template_of(g, o->template, o->locale);

    if (!t || !t->id || !t->id[0]) {
        *ret_why = "the gateway has no template of its own for this one";
        return 1;
    }
    if (t->review != REVIEW_APPROVED) {
        *ret_why = "the provider has not approved the template";
        return 1;
    }
    *ret = t;
    return 0;
}

void gateway_add_vars(struct strbuf *out, const struct gateway_template *t, const struct outgoing *o)
{
    strbuf_addc(out, '{');
    for (size_t i = 0; i < o->var_count; i++) {
        const char *name = gateway_param(t, o->vars[i].name);

        if (i > 0)
            strbuf_addc(out, ',');
        strbuf_add_json(out, name, strlen(name));
        strbuf_addc(out, ':');
        strbuf_add_json(out, o->vars[i].value, strlen(o->vars[i].value));
    }
    strbuf_addc(out, '}');
}

void gateway_add_cut(struct strbuf *out, const char *text, size_t max)
{
    static const char ellipsis[] = "…";
    struct strbuf cut;
    size_t len = strlen(text);

    if (len <= max) {
        strbuf_add_json(out, text, len);
        return;
    }
    for (len = max - strlen(ellipsis); len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80;)
        len--;
    strbuf_init(&cut, out->arena);
    strbuf_add(&cut, text, len);
    strbuf_adds(&cut, ellipsis);
    strbuf_add_json(out, cut.data, cut.len);
}

void gateway_answer(const struct answer_code *codes, const char *code, const struct transfer *t, struct arena *a,
                    struct answer *ret)
{
    const struct answer_code *row = answer_code_row(codes, code);
    bool good = t->status >= 200 && t->status < 300;

    ret->code = gateway_code(a, code);
    if (!*code)
        ret->class = good ? ANSWER_UNKNOWN : answer_class_of_status(t);
    else
        ret->class = good || row->code[0] ? row->class : answer_class_of_status(t);
}

static bool may_stand_in_code(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("._:-+", c);
}

const char *gateway_code(struct arena *a, const char *text)
{
    char *out = arena_calloc(a, CODE_MAX + 1, 1);
    size_t n = 0, digits = 0;

    if (strchr(text, '@'))
        return "";
    for (; *text && n < CODE_MAX; text++) {
        if (!may_stand_in_code(*text))
            continue;
        digits = *text >= '0' && *text <= '9' ? digits + 1 : 0;
        if (digits > DIGITS_MAX) {
            n -= digits == DIGITS_MAX + 1 ? DIGITS_MAX : 0;
            out[n] = '\0';
            continue;
        }
        out[n++] = *text;
    }
    out[n] = '\0';
    return out;
}

/* It is looked up by: a longer one would not fit into the index, and the answer could never be written. */
const char *gateway_request_id(const char *text)
{
    size_t len = strlen(text);

    if (len > REQUEST_ID_MAX || !utf8_valid(text, len))
        return "";
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20)
            return "";
    return text;
}

const char *gateway_own_id(struct arena *a, const char *text)
{
    struct uuid id;

    return uuid_parse(text, strlen(text), &id) ? arena_strdup(a, text) : "";
}

int64_t gateway_china_us(const char *text)
{
    char iso[40];
    int64_t us;

    if (strlen(text) != strlen("2026-11-26 18:30:00"))
        return 0;
    memcpy(iso, text, 19);
    memcpy(iso + 19, "+08:00", 7);
    iso[10] = 'T';
    return rfc3339_parse(iso, strlen(iso), &us) ? us : 0;
}
