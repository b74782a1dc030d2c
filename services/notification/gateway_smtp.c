/* E-mail by SMTP: a server of the group's, or of a provider. */
#include <string.h>

#include "gateway_call.h"
#include "gateway_kinds.h"
#include "mime.h"

#define CONNECT_MS   10000
#define TIMEOUT_MS   60000 /* servers look for spam before they answer */
#define ANSWER_BYTES 4096

/* "smtp 550 5.1.1": reply and, where the server gives it, enhanced status (RFC 5321, 3463). */
static const struct answer_code codes[] = {
    { "smtp 250*", ANSWER_ACCEPTED },       { "smtp 421*", ANSWER_RETRY },
    { "smtp 450 4.7.*", ANSWER_THROTTLED }, /* greylisting, limits */
    { "smtp 451 4.7.*", ANSWER_THROTTLED }, { "smtp 452 4.5.3*", ANSWER_THROTTLED },
    { "smtp 454 4.7.0*", ANSWER_RETRY },    { "smtp 4*", ANSWER_RETRY },
    { "smtp 530*", ANSWER_REFUSED }, /* asks for a login or TLS */
    { "smtp 534*", ANSWER_REFUSED },        { "smtp 535*", ANSWER_REFUSED },
    { "smtp 538*", ANSWER_REFUSED },        { "smtp 550 5.7.*", ANSWER_PERMANENT }, /* policy, not the address */
    { "smtp 550 5.6.*", ANSWER_PERMANENT }, { "smtp 550 5.4.5*", ANSWER_THROTTLED },
    { "smtp 550*", ANSWER_ADDRESS },        { "smtp 551*", ANSWER_ADDRESS },
    { "smtp 553*", ANSWER_ADDRESS },        { "smtp 554 5.1.*", ANSWER_ADDRESS },
    { "smtp 556*", ANSWER_ADDRESS },        { "", ANSWER_PERMANENT },
};

/* A password in the clear leaves this machine only if somebody listens in: never. */
static const char *refused(const struct gateway *g, const struct outgoing *o, const char *url, bool require_tls)
{
    bool plain = strncmp(url, "smtp://", 7) == 0;

    if (!plain && strncmp(url, "smtps://", 8) != 0)
        return "the URL of the server must begin with smtp:// or smtps://";
    if (plain && !require_tls && *gateway_setting(g, "user") && !gateway_call_is_local(url))
        return "a password is not sent without TLS";
    if (!mime_address_is_plain(o->to))
        return "the address cannot stand in an e-mail";
    if (!mime_address_is_plain(o->mail_from))
        return "mail_from is no e-mail address";
    return NULL;
}

static const char *write_mail(const struct gateway *g, const struct outgoing *o, struct arena *a, size_t *ret_len)
{
    struct mime_message m = { .id = o->id,
                              .from = o->mail_from,
                              .from_name = o->mail_from_name,
                              .to = o->to,
                              .reply_to = gateway_setting(g, "reply_to"),
                              .subject = o->subject,
                              .text = o->text,
                              .html = o->html,
                              .locale = o->locale,
                              .thread = o->thread,
                              .unsubscribe = o->unsubscribe,
                              .now_us = o->now_us };
    struct strbuf out;

    strbuf_init(&out, a);
    if (mime_write(&out, &m))
        return NULL;
    *ret_len = out.len;
    return out.data;
}

static void set_server(const struct gateway *g, struct arena *a, struct transfer *t, const char *url)
{
    const char *helo = gateway_setting(g, "helo"), *ca = gateway_setting(g, "ca_path");

    t->url = *helo ? arena_printf(a, "%s/%s", url, helo) : url;
    t->ca_file = *ca ? ca : NULL;
    t->timeout_ms = g->timeout_ms > 0 ? g->timeout_ms : TIMEOUT_MS;
    t->connect_timeout_ms = t->timeout_ms < CONNECT_MS ? t->timeout_ms : CONNECT_MS;
    t->max_answer = ANSWER_BYTES;
    if (*gateway_setting(g, "user")) {
        t->user = gateway_setting(g, "user");
        t->password = gateway_secret(a, g, "password");
    }
}

static int build(const struct gateway *g, const struct outgoing *o, struct arena *a, struct transfer *t,
                 const char **ret_why)
{
    const char *url = gateway_setting(g, "endpoint"), *envelope = gateway_setting(g, "envelope_from");

    t->require_tls = strcmp(gateway_setting(g, "require_tls"), "false") != 0;
    *ret_why = refused(g, o, url, t->require_tls);
    if (*ret_why)
        return 1;
    set_server(g, a, t, url);
    t->mail_from = *envelope ? envelope : o->return_path;
    t->mail_to = o->to;
    t->body = write_mail(g, o, a, &t->body_len);
    if (t->body && mime_address_is_plain(t->mail_from))
        return 0;
    *ret_why = "the sender is no e-mail address";
    return 1;
}

/* "5.1.1" behind the reply code. */
static size_t enhanced_len(const char *text)
{
    size_t len = strspn(text, "0123456789."), dots = 0;

    for (size_t i = 0; i < len; i++)
        dots += text[i] == '.';
    return dots == 2 && len <= 8 && len >= 5 ? len : 0;
}

static const char *code_of(const struct transfer *t, struct arena *a)
{
    const char *rest = t->answer_len > 4 ? t->answer + 4 : "";
    size_t len = enhanced_len(rest);

    return len ? arena_printf(a, "smtp %ld %.*s", t->status, (int)len, rest) : arena_printf(a, "smtp %ld", t->status);
}

/* "250 2.0.0 Ok: queued as 4F1A22": what the server's log calls it. */
static const char *queue_id(const struct transfer *t, struct arena *a)
{
    const char *as = strstr(t->answer, "queued as ");
    size_t len =
        as ? strspn(as += strlen("queued as "), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-") : 0;

    return len ? arena_strndup(a, as, len) : "";
}

static void read_answer(const struct gateway *g, const struct transfer *t, struct arena *a, struct answer *ret)
{
    (void)g;
    ret->code = code_of(t, a);
    ret->class = answer_class_of(codes, ret->code);
    /* refused with its words before them: it need not be the address */
    if (ret->class == ANSWER_ADDRESS && t->body_at > 0 && !strstr(ret->code, " 5.1."))
        ret->class = ANSWER_PERMANENT;
    if (ret->class == ANSWER_ACCEPTED)
        ret->request_id = queue_id(t, a);
}

const struct gateway_kind gateway_smtp = {
    .name = "smtp",
    .channels = 1U << NOTICE_EMAIL,
    .help = "e-mail by SMTP",
    .settings = {
        { "endpoint", true, NULL, "server, such as smtp://mail.example.com:587 or smtps://mail.example.com" },
        { "user", false, NULL, "user to log in with" },
        { "password_file", false, NULL, "file with the user's password" },
        { "require_tls", false, "true", "STARTTLS or nothing; false only for a server nearby" },
        { "ca_path", false, NULL, "PEM file with the certificates to trust instead of the system's" },
        { "helo", false, NULL, "our name in EHLO; the machine's otherwise" },
        { "envelope_from", false, NULL, "address for bounces; mail.return_path or the sender otherwise" },
        { "reply_to", false, NULL, "address for answers; the sender otherwise" },
    },
    .build = build,
    .read = read_answer,
};
