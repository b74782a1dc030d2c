/* DingTalk: a robot in a group chat of the staff. */
#include <inttypes.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "form.h"
#include "gateway_call.h"
#include "gateway_kinds.h"
#include "json_body.h"
#include "signature.h"

#define TEXT_BYTES  15000
#define TITLE_BYTES 120

static const struct answer_code codes[] = {
    { "0", ANSWER_ACCEPTED },       { "-1", ANSWER_UNKNOWN },      /* "busy" */
    { "130101", ANSWER_THROTTLED },                                /* 20 a minute */
    { "410100", ANSWER_THROTTLED },                                /* the same; it lasts ten minutes */
    { "660026", ANSWER_THROTTLED }, { "90001", ANSWER_THROTTLED }, /* calls of ours, or of the group, are stopped for a
                                                                      time */
    { "90002", ANSWER_THROTTLED },  { "90005", ANSWER_THROTTLED }, { "90006", ANSWER_THROTTLED },
    { "90018", ANSWER_THROTTLED },  { "310000", ANSWER_REFUSED }, /* the robot's safety settings: keyword, time,
                                                                     signature or address */
    { "300001", ANSWER_REFUSED },                                 /* no such token; so are the next three */
    { "300005", ANSWER_REFUSED },   { "400101", ANSWER_REFUSED },  { "40035", ANSWER_REFUSED },
    { "400013", ANSWER_REFUSED }, /* the group is no more */
    { "400102", ANSWER_REFUSED }, /* robot was stopped */
    { "400106", ANSWER_REFUSED }, /* robot is not in the group */
    { "88", ANSWER_REFUSED },     /* rights */
    { "40001", ANSWER_REFUSED },    { "40014", ANSWER_REFUSED },   { "", ANSWER_PERMANENT },
};

static const char *url_of(const struct gateway *g, const struct outgoing *o, struct arena *a)
{
    const char *secret = gateway_secret(a, g, "secret");
    const char *ms = arena_printf(a, "%" PRId64, o->now_us / 1000);
    struct strbuf url;

    strbuf_init(&url, a);
    strbuf_printf(&url, "%s?", gateway_setting(g, "endpoint"));
    form_add(&url, "access_token", gateway_secret(a, g, "access_token"));
    if (*secret) {
        form_add(&url, "timestamp", ms);
        form_add(&url, "sign", signature_dingtalk(a, secret, ms));
    }
    return url.data;
}

static int build(const struct gateway *g, const struct outgoing *o, struct arena *a, struct transfer *t,
                 const char **ret_why)
{
    bool markdown = strcmp(gateway_setting(g, "format"), "markdown") == 0;
    struct strbuf body;

    if (gateway_call_init(g, t, "POST", url_of(g, o, a), false, ret_why))
        return 1;
    strbuf_init(&body, a);
    if (markdown) {
        strbuf_adds(&body, "{\"msgtype\":\"markdown\",\"markdown\":{\"title\":");
        gateway_add_cut(&body, *o->subject ? o->subject : o->sign, TITLE_BYTES);
        strbuf_adds(&body, ",\"text\":");
    } else
        strbuf_adds(&body, "{\"msgtype\":\"text\",\"text\":{\"content\":");
    gateway_add_cut(&body, o->text, TEXT_BYTES);
    strbuf_adds(&body, "}}");
    gateway_call_body(a, t, "application/json; charset=utf-8", &body);
    return 0;
}

static void read_answer(const struct gateway *g, const struct transfer *t, struct arena *a, struct answer *ret)
{
    _cleanup_(json_body_freep) json_t *root = json_body_parse(t->answer, t->answer_len);

    (void)g;
    gateway_answer(codes, json_body_text(a, root, "errcode"), t, a, ret);
}

const struct gateway_kind gateway_dingtalk = {
    .name = "dingtalk",
    .channels = 1U << NOTICE_GROUP,
    .help = "robot in a DingTalk group of the staff",
    .codes = codes,
    .codes_from = "*自定义机器人发送群消息* and *自定义机器人安全设置* of 钉钉开放平台, *全局错误码* for `-1`, `88`, `900..` and `400..`, and for `130101`\n"
                  "and `300001` the table of robots in Aliyun's help. `300005`, `660026` and `40035` are what the service itself answered to\n"
                  "others who tried; no page has the first two. `430101` to `430104` (words that are not allowed) are permanent. `-1` asks to\n"
                  "try again, but does not say that nothing was sent.",
    .settings = {
        { "access_token_file", true, NULL, "file with the access token of the robot's webhook" },
        { "secret_file", false, NULL, "file with the secret (SEC...) of robots that want a signature" },
        { "format", false, "text", "text or markdown" },
        { "endpoint", false, "https://oapi.dingtalk.com/robot/send", "where the service is" },
        GATEWAY_CALL_SETTINGS,
    },
    .build = build,
    .read = read_answer,
};
