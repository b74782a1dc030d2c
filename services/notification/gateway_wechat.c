/* Template messages of a WeChat official account. */
#include "gateway_wechat.h"

#include <string.h>

#include "common/base/cleanup.h"
#include "form.h"
#include "gateway_call.h"
#include "gateway_kinds.h"
#include "hmac.h"
#include "json_body.h"
#include "signature.h"

/* client_msg_id keeps WeChat from sending one twice within ten minutes: "busy" may be tried again. */
static const struct answer_code codes[] = {
    { "0", ANSWER_ACCEPTED },      { "-1", ANSWER_RETRY },
    { "40001", ANSWER_RETRY }, /* the token is stale, so are the next two */
    { "40014", ANSWER_RETRY },     { "42001", ANSWER_RETRY },
    { "45009", ANSWER_THROTTLED }, /* the day's number */
    { "45011", ANSWER_THROTTLED }, /* the minute's */
    { "40003", ANSWER_ADDRESS },   /* no such follower */
    { "43004", ANSWER_ADDRESS },   /* does not follow the account */
    { "43019", ANSWER_ADDRESS },   /* is on the account's black list */
    { "43101", ANSWER_ADDRESS },   /* refuses */
    { "48002", ANSWER_ADDRESS },   /* takes no messages of the account */
    { "50005", ANSWER_ADDRESS },   /* does not follow the account */
    { "40036", ANSWER_TEMPLATE },  { "40037", ANSWER_TEMPLATE },
    { "43116", ANSWER_TEMPLATE },                               /* was abused too often */
    { "47003", ANSWER_TEMPLATE },                               /* parameters */
    { "40013", ANSWER_REFUSED },                                /* appid */
    { "40125", ANSWER_REFUSED },                                /* secret */
    { "40164", ANSWER_REFUSED },                                /* our address is not allowed */
    { "41001", ANSWER_REFUSED },   { "48001", ANSWER_REFUSED }, /* rights; so are the next two */
    { "48008", ANSWER_REFUSED },   { "50001", ANSWER_REFUSED },
    { "48004", ANSWER_REFUSED }, /* closed for a breach of the rules; so is the next */
    { "50002", ANSWER_REFUSED },   { "", ANSWER_PERMANENT },
};

static void add_data(struct strbuf *out, const struct gateway_template *t, const struct outgoing *o)
{
    strbuf_adds(out, ",\"data\":{");
    for (size_t i = 0; i < o->var_count; i++) {
        const char *name = gateway_param(t, o->vars[i].name);

        if (i > 0)
            strbuf_addc(out, ',');
        strbuf_add_json(out, name, strlen(name));
        strbuf_adds(out, ":{\"value\":");
        strbuf_add_json(out, o->vars[i].value, strlen(o->vars[i].value));
        strbuf_addc(out, '}');
    }
    strbuf_addc(out, '}');
}

static int build(const struct gateway *g, const struct outgoing *o, struct arena *a, struct transfer *t,
                 const char **ret_why)
{
    const struct gateway_template *template;
    const char *page = gateway_setting(g, "url");
    struct strbuf url, body;

    if (gateway_template_need(g, o, &template, ret_why))
        return 1;
    *ret_why = "there is no access token yet";
    if (!o->token || !*o->token)
        return 1;
    strbuf_init(&url, a);
    strbuf_printf(&url, "%s/cgi-bin/message/template/send?", gateway_endpoint(a, g));
    form_add(&url, "access_token", o->token);
    if (gateway_call_init(g, t, "POST", url.data, false, ret_why))
        return 1;
    strbuf_init(&body, a);
    strbuf_adds(&body, "{\"touser\":");
    strbuf_add_json(&body, o->to, strlen(o->to));
    strbuf_adds(&body, ",\"template_id\":");
    strbuf_add_json(&body, template->id, strlen(template->id));
    strbuf_adds(&body, ",\"client_msg_id\":");
    strbuf_add_json(&body, o->id, strlen(o->id));
    if (*page) {
        strbuf_adds(&body, ",\"url\":");
        strbuf_add_json(&body, page, strlen(page));
    }
    add_data(&body, template, o);
    strbuf_addc(&body, '}');
    gateway_call_body(a, t, "application/json; charset=utf-8", &body);
    return 0;
}

static void read_answer(const struct gateway *g, const struct transfer *t, struct arena *a, struct answer *ret)
{
    _cleanup_(json_body_freep) json_t *root = json_body_parse(t->answer, t->answer_len);

    (void)g;
    gateway_answer(codes, json_body_text(a, root, "errcode"), t, a, ret);
    ret->request_id = json_body_text(a, root, "msgid");
}

/* ---- events to the account's server ---- */

/* What stands in <name>, without the CDATA around it; "" where there is none. Their XML is flat. */
static const char *element(struct arena *a, const char *xml, const char *name)
{
    const char *open = strstr(xml, arena_printf(a, "<%s>", name)), *close;
    static const char cdata[] = "<![CDATA[";

    if (!open)
        return "";
    open += strlen(name) + 2;
    close = strstr(open, arena_printf(a, "</%s>", name));
    if (!close)
        return "";
    if (strncmp(open, cdata, strlen(cdata)) == 0 && close - open >= 12) {
        open += strlen(cdata);
        close -= strlen("]]>");
    }
    return arena_strndup(a, open, (size_t)(close - open));
}

static struct receipt receipt_of(struct arena *a, const char *xml)
{
    const char *status = element(a, xml, "Status");
    bool good = strcmp(status, "success") == 0;
    int64_t at_s = 0;

    if (!parse_int64(element(a, xml, "CreateTime"), 0, INT32_MAX, &at_s))
        at_s = 0;
    return (struct receipt){ .id = "",
                             .request_id = element(a, xml, "MsgID"),
                             .status = good ? RECEIPT_DELIVERED : RECEIPT_FAILED,
                             .bad_address = strcmp(status, "failed:user block") == 0,
                             .code = gateway_code(a, status),
                             .at_us = at_s * 1000000 };
}

/* All events of the account come here: others than of template messages are heard and left. When the URL is entered,
 * WeChat asks for an echo. */
static int receipts(const struct gateway *g, const struct receipt_request *q, struct arena *a, struct receipt **ret,
                    size_t *ret_count, const char **ret_reply)
{
    const char *token = gateway_secret(a, g, "server_token"), *xml = arena_strndup(a, q->body, q->body_len), *expected;
    struct form *query = arena_new(a, struct form);

    if (!form_parse(a, q->query, strlen(q->query), query))
        return 2;
    expected = signature_wechat(a, token, form_get(query, "timestamp"), form_get(query, "nonce"));
    if (!*token || !hmac_equal(expected, form_get(query, "signature")))
        return 1;
    *ret = arena_new(a, struct receipt);
    *ret_count = 0;
    *ret_reply = q->body_len == 0 ? form_get(query, "echostr") : "success";
    if (strcmp(element(a, xml, "Event"), "TEMPLATESENDJOBFINISH") != 0)
        return 0;
    **ret = receipt_of(a, xml);
    *ret_count = 1;
    return 0;
}

/* ---- the token ---- */

/* The "stable" one: whoever else asks for it gets the same, and ours stays good. */
int wechat_build_token(const struct gateway *g, struct arena *a, struct transfer *t)
{
    const char *app_id = gateway_setting(g, "app_id"), *secret = gateway_secret(a, g, "app_secret"), *why;
    const char *url = arena_printf(a, "%s/cgi-bin/stable_token", gateway_endpoint(a, g));
    struct strbuf body;

    if (gateway_call_init(g, t, "POST", url, false, &why))
        return 1;
    strbuf_init(&body, a);
    strbuf_adds(&body, "{\"grant_type\":\"client_credential\",\"appid\":");
    strbuf_add_json(&body, app_id, strlen(app_id));
    strbuf_adds(&body, ",\"secret\":");
    strbuf_add_json(&body, secret, strlen(secret));
    strbuf_addc(&body, '}');
    gateway_call_body(a, t, "application/json; charset=utf-8", &body);
    return 0;
}

int wechat_read_token(const struct transfer *t, struct arena *a, const char **ret_token, int *ret_expires_s,
                      const char **ret_code)
{
    _cleanup_(json_body_freep) json_t *root = json_body_parse(t->answer, t->answer_len);
    const char *token = json_body_text(a, root, "access_token");
    int64_t expires_s = json_body_int(root, "expires_in");

    *ret_code = gateway_code(a, json_body_text(a, root, "errcode"));
    if (t->end != TRANSFER_ANSWERED || !*token || expires_s <= 0 || expires_s > INT32_MAX)
        return 1;
    *ret_token = token;
    *ret_expires_s = (int)expires_s;
    return 0;
}

bool wechat_token_is_stale(const struct answer *r)
{
    return r->class == ANSWER_RETRY &&
           (strcmp(r->code, "40001") == 0 || strcmp(r->code, "40014") == 0 || strcmp(r->code, "42001") == 0);
}

const struct gateway_kind gateway_wechat = {
    .name = "wechat",
    .channels = 1U << NOTICE_WECHAT,
    .help = "template messages of a WeChat official account",
    .codes = codes,
    .codes_from = "*全局返回码* of 微信公众号's developer documents, and *模板消息* for `client_msg_id` and the statuses of\n"
                  "`TEMPLATESENDJOBFINISH`. `43101` is on neither page; it is what the service answers where somebody has switched the\n"
                  "account's notices off.",
    .settings = {
        { "app_id", true, NULL, "AppID of the account" },
        { "app_secret_file", true, NULL, "file with the AppSecret" },
        { "server_token_file", false, NULL, "file with the token of the account's server settings, which signs events; "
                                            "without it none are taken" },
        { "url", false, NULL, "page that opens when the message is touched" },
        { "endpoint", false, "https://api.weixin.qq.com", "where the service is" },
        GATEWAY_CALL_SETTINGS,
    },
    .needs_template = true,
    .build_token = wechat_build_token,
    .read_token = wechat_read_token,
    .token_is_stale = wechat_token_is_stale,
    .build = build,
    .read = read_answer,
    .receipts = receipts,
};
