/* WeCom: a robot in a group chat of the staff. */
#include <string.h>

#include "common/base/cleanup.h"
#include "form.h"
#include "gateway_call.h"
#include "gateway_kinds.h"
#include "json_body.h"

#define TEXT_BYTES     2048
#define MARKDOWN_BYTES 4096

static const struct answer_code codes[] = {
    { "0", ANSWER_ACCEPTED },      { "-1", ANSWER_UNKNOWN }, /* "busy" */
    { "45009", ANSWER_THROTTLED },                           /* 20 a minute */
    { "45033", ANSWER_THROTTLED },                           /* too many at a time */
    { "93000", ANSWER_REFUSED }, /* key is wrong, or the robot was removed; also of a body that it does not take */
    { "93004", ANSWER_REFUSED }, /* robot was stopped */
    { "93008", ANSWER_REFUSED }, /* not in the group */
    { "40001", ANSWER_REFUSED },   { "40014", ANSWER_REFUSED },
    { "60020", ANSWER_REFUSED }, /* our address is not allowed */
    { "", ANSWER_PERMANENT },
};

static int build(const struct gateway *g, const struct outgoing *o, struct arena *a, struct transfer *t,
                 const char **ret_why)
{
    bool markdown = strcmp(gateway_setting(g, "format"), "markdown") == 0;
    const char *type = markdown ? "markdown" : "text";
    struct strbuf url, body;

    strbuf_init(&url, a);
    strbuf_printf(&url, "%s?", gateway_setting(g, "endpoint"));
    form_add(&url, "key", gateway_secret(a, g, "key"));
    if (gateway_call_init(g, t, "POST", url.data, false, ret_why))
        return 1;
    strbuf_init(&body, a);
    strbuf_printf(&body, "{\"msgtype\":\"%s\",\"%s\":{\"content\":", type, type);
    gateway_add_cut(&body, o->text, markdown ? MARKDOWN_BYTES : TEXT_BYTES);
    strbuf_adds(&body, "}}");
    gateway_call_body(a, t, "application/json", &body);
    return 0;
}

static void read_answer(const struct gateway *g, const struct transfer *t, struct arena *a, struct answer *ret)
{
    _cleanup_(json_body_freep) json_t *root = json_body_parse(t->answer, t->answer_len);

    (void)g;
    gateway_answer(codes, json_body_text(a, root, "errcode"), t, a, ret);
}

const struct gateway_kind gateway_wecom = {
    .name = "wecom",
    .channels = 1U << NOTICE_GROUP,
    .help = "robot in a WeCom group of the staff",
    .codes = codes,
    .codes_from = "*全局错误码* of 企业微信's developer centre; the limit of 20 a minute is from *群机器人配置说明*. `40001`, `40014` and `60020`\n"
                  "are said there of applications; whether a robot answers them is not known. `-1` asks to try again, but does not say that\n"
                  "nothing was sent.",
    .settings = {
        { "key_file", true, NULL, "file with the key of the robot's webhook" },
        { "format", false, "text", "text or markdown" },
        { "endpoint", false, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send", "where the service is" },
        GATEWAY_CALL_SETTINGS,
    },
    .build = build,
    .read = read_answer,
};
