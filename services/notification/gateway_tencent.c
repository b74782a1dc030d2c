/* Tencent Cloud SMS, API 2021-01-11: SendSms, PullSmsSendStatusByPhoneNumber, status pushed over HTTP. */
#include <inttypes.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "gateway_call.h"
#include "gateway_kinds.h"
#include "json_body.h"
#include "signature.h"

#define VERSION      "2021-01-11"
#define CONTENT_TYPE "application/json; charset=utf-8"
#define SKEW_S       300 /* their clock and ours */

/* Time-outs on their side may have sent it: the query says. A country that they or we have not opened says nothing of
 * the number: another provider may reach it. */
static const struct answer_code codes[] = {
    { "Ok", ANSWER_ACCEPTED },
    { "LimitExceeded.PhoneNumberCountLimit", ANSWER_PERMANENT },
    { "LimitExceeded.AppCountryOrRegionInBlacklist", ANSWER_PERMANENT },
    { "LimitExceeded*", ANSWER_THROTTLED },
    { "RequestLimitExceeded*", ANSWER_THROTTLED },
    { "InvalidParameterValue.IncorrectPhoneNumber", ANSWER_ADDRESS },
    { "FailedOperation.PhoneNumberInBlacklist", ANSWER_ADDRESS },
    { "FailedOperation.PhoneNumberParseFail", ANSWER_ADDRESS },
    { "FailedOperation.SignatureIncorrectOrUnapproved", ANSWER_TEMPLATE },
    { "FailedOperation.TemplateIncorrectOrUnapproved", ANSWER_TEMPLATE },
    { "FailedOperation.TemplateUnapprovedOrNotExist", ANSWER_TEMPLATE },
    { "FailedOperation.TemplateParamSetNotMatchApprovedTemplate", ANSWER_TEMPLATE },
    { "InvalidParameterValue.TemplateParameter*", ANSWER_TEMPLATE },
    { "FailedOperation.InsufficientBalanceInSmsPackage", ANSWER_CREDIT },
    { "UnauthorizedOperation.SerivceSuspendDueToArrears", ANSWER_CREDIT }, /* as they spelt it */
    { "UnauthorizedOperation.ServiceSuspendDueToArrears", ANSWER_CREDIT },
    { "UnauthorizedOperation*", ANSWER_REFUSED },
    { "AuthFailure*", ANSWER_REFUSED },
    { "InternalError.SigVerificationFail", ANSWER_REFUSED },
    { "InternalError.SigFieldMissing", ANSWER_REFUSED },
    { "InvalidParameterValue.SdkAppIdNotExist", ANSWER_REFUSED },
    { "IpInBlacklist", ANSWER_REFUSED },
    { "IpNotInWhitelist", ANSWER_REFUSED },
    { "InternalError.RequestTimeException", ANSWER_REFUSED }, /* our clock */
    { "InternalError.RestApiInterfaceNotExist", ANSWER_PERMANENT },
    { "InternalError*", ANSWER_UNKNOWN },
    { "ServiceUnavailable*", ANSWER_UNKNOWN },
    { "", ANSWER_PERMANENT },
};

/* Of receipts, as the carriers say it: numbers that do not exist, and people who refuse or are on a black list. What is
 * switched off, out of reach, full or suspended may be there tomorrow. */
static const struct answer_code receipt_codes[] = {
    { "MK:0000", ANSWER_ADDRESS }, /* no such number: China Mobile */
    { "MK:0001", ANSWER_ADDRESS },      { "MK:0012", ANSWER_ADDRESS }, { "MK:0013", ANSWER_ADDRESS },
    { "MK00001", ANSWER_ADDRESS },      { "XL:169", ANSWER_ADDRESS },  { "TA:169", ANSWER_ADDRESS },
    { "DB:0100", ANSWER_ADDRESS },      { "DB:0101", ANSWER_ADDRESS }, { "CB:0001", ANSWER_ADDRESS },
    { "CB:0053", ANSWER_ADDRESS },      { "1", ANSWER_ADDRESS }, /* no such number: China Unicom */
    { "61", ANSWER_ADDRESS },           { "67", ANSWER_ADDRESS },      { "95", ANSWER_ADDRESS },
    { "101", ANSWER_ADDRESS },          { "MK:0005", ANSWER_ADDRESS }, /* takes no SMS of this kind */
    { "MX:0012", ANSWER_ADDRESS },                                     /* has unsubscribed */
    { "TUIDING", ANSWER_ADDRESS },      { "DB:0141", ANSWER_ADDRESS }, /* black lists: carriers' */
    { "DB:0144", ANSWER_ADDRESS },      { "DB00144", ANSWER_ADDRESS }, { "DB:0164", ANSWER_ADDRESS },
    { "MB:1077", ANSWER_ADDRESS },      { "69", ANSWER_ADDRESS },      { "W-BLACK", ANSWER_ADDRESS },
    { "MBBLACK", ANSWER_ADDRESS }, /* theirs */
    { "MOBILE BLACK", ANSWER_ADDRESS }, { "BWLIST*", ANSWER_ADDRESS }, { "TD:0001", ANSWER_ADDRESS },
    { "TD:19", ANSWER_ADDRESS },        { "HD:19", ANSWER_ADDRESS },   { "HIGRISK", ANSWER_ADDRESS },
    { "TC:0001", ANSWER_ADDRESS },      { "", ANSWER_PERMANENT },
};

static void add_member(struct strbuf *out, const char *name, const char *value)
{
    strbuf_addc(out, out->len == 0 ? '{' : ',');
    strbuf_add_json(out, name, strlen(name));
    strbuf_addc(out, ':');
    strbuf_add_json(out, value, strlen(value));
}

static int call(const struct gateway *g, const struct outgoing *o, const char *action, const struct strbuf *body,
                struct arena *a, struct transfer *t, const char **ret_why)
{
    const char *endpoint = gateway_endpoint(a, g);
    struct signature_request q = { .host = gateway_call_host(a, endpoint),
                                   .query = "",
                                   .body = body->data,
                                   .body_len = body->len,
                                   .service = "sms",
                                   .content_type = CONTENT_TYPE,
                                   .key_id = gateway_setting(g, "secret_id"),
                                   .secret = gateway_secret(a, g, "secret_key"),
                                   .now_us = o->now_us };

    if (gateway_call_init(g, t, "POST", arena_printf(a, "%s/", endpoint), false, ret_why))
        return 1;
    gateway_call_body(a, t, CONTENT_TYPE, body);
    gateway_call_header(a, t, "X-TC-Action", action);
    gateway_call_header(a, t, "X-TC-Version", VERSION);
    gateway_call_header(a, t, "X-TC-Region", gateway_setting(g, "region"));
    gateway_call_header(a, t, "X-TC-Timestamp", arena_printf(a, "%" PRId64, o->now_us / 1000000));
    gateway_call_header(a, t, "Authorization", signature_tc3(a, &q));
    return 0;
}

static int build(const struct gateway *g, const struct outgoing *o, struct arena *a, struct transfer *t,
                 const char **ret_why)
{
    const char *sign = gateway_setting(g, "sign_name");
    const struct gateway_template *template;
    struct strbuf body;

    if (gateway_template_need(g, o, &template, ret_why))
        return 1;
    strbuf_init(&body, a);
    add_member(&body, "SmsSdkAppId", gateway_setting(g, "sdk_app_id"));
    add_member(&body, "TemplateId", template->id);
    add_member(&body, "SignName", *sign ? sign : o->sign);
    add_member(&body, "SessionContext", o->id);
    strbuf_adds(&body, ",\"PhoneNumberSet\":[");
    strbuf_add_json(&body, o->to, strlen(o->to));
    strbuf_adds(&body, "],\"TemplateParamSet\":[");
    for (size_t i = 0; i < o->var_count; i++) {
        if (i > 0)
            strbuf_addc(&body, ',');
        strbuf_add_json(&body, o->vars[i].value, strlen(o->vars[i].value));
    }
    strbuf_adds(&body, "]}");
    return call(g, o, "SendSms", &body, a, t, ret_why);
}

static void read_answer(const struct gateway *g, const struct transfer *t, struct arena *a, struct answer *ret)
{
    _cleanup_(json_body_freep) json_t *root = json_body_parse(t->answer, t->answer_len);
    const json_t *sent = json_body_at(root, "/Response/SendStatusSet/0"),
                 *error = json_body_at(root, "/Response/Error");

    (void)g;
    gateway_answer(codes, json_body_text(a, error ? error : sent, "Code"), t, a, ret);
    ret->request_id = json_body_text(a, sent, "SerialNo");
    ret->parts = (int)json_body_int(sent, "Fee");
}

/* The documentation does not name the member that brings our own words back; both names are seen. */
static const char *session_of(struct arena *a, const json_t *item)
{
    static const char *const names[] = { "ext", "session", "SessionContext" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *id = gateway_own_id(a, json_body_text(a, item, names[i]));

        if (*id)
            return id;
    }
    return "";
}

static int receipts(const struct gateway *g, const struct receipt_request *q, struct arena *a, struct receipt **ret,
                    size_t *ret_count, const char **ret_reply)
{
    _cleanup_(json_body_freep) json_t *root = json_body_parse(q->body, q->body_len);
    size_t count = json_array_size(root);

    (void)g;
    if (!json_is_array(root) || count > RECEIPTS_MAX)
        return 2;
    *ret = arena_array(a, struct receipt, count + 1);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(root, i);
        const char *code = json_body_text(a, item, "errmsg");
        bool good = strcmp(json_body_text(a, item, "report_status"), "SUCCESS") == 0;

        (*ret)[i] = (struct receipt){ .id = session_of(a, item),
                                      .request_id = json_body_text(a, item, "sid"),
                                      .status = good ? RECEIPT_DELIVERED : RECEIPT_FAILED,
                                      .bad_address = !good && answer_class_of(receipt_codes, code) == ANSWER_ADDRESS,
                                      .code = gateway_code(a, code),
                                      .at_us = gateway_china_us(json_body_text(a, item, "user_receive_time")) };
    }
    *ret_count = count;
    *ret_reply = "{\"result\":0,\"errmsg\":\"OK\"}";
    return 0;
}

static int build_query(const struct gateway *g, const struct outgoing *o, const char *request_id, struct arena *a,
                       struct transfer *t)
{
    struct strbuf body;
    const char *why;

    (void)request_id;
    strbuf_init(&body, a);
    add_member(&body, "SmsSdkAppId", gateway_setting(g, "sdk_app_id"));
    add_member(&body, "PhoneNumber", o->to);
    strbuf_printf(&body, ",\"BeginTime\":%" PRId64 ",\"EndTime\":%" PRId64 ",\"Offset\":0,\"Limit\":100}",
                  o->sent_us / 1000000 - SKEW_S, o->now_us / 1000000 + SKEW_S);
    return call(g, o, "PullSmsSendStatusByPhoneNumber", &body, a, t, &why);
}

/* Only what a carrier has reported stands there: that it is missing says nothing. */
static int read_query(const struct gateway *g, const struct outgoing *o, const struct transfer *t, struct arena *a,
                      struct receipt *ret)
{
    _cleanup_(json_body_freep) json_t *root = json_body_parse(t->answer, t->answer_len);
    const json_t *rows = json_body_at(root, "/Response/PullSmsSendStatusSet");

    (void)g;
    if (t->end != TRANSFER_ANSWERED)
        return 2;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        const char *code = json_body_text(a, row, "Description");
        bool good = strcmp(json_body_text(a, row, "ReportStatus"), "SUCCESS") == 0;

        if (strcmp(json_body_text(a, row, "SessionContext"), o->id) != 0)
            continue;
        *ret = (struct receipt){ .id = o->id,
                                 .request_id = json_body_text(a, row, "SerialNo"),
                                 .status = good ? RECEIPT_DELIVERED : RECEIPT_FAILED,
                                 .bad_address = !good && answer_class_of(receipt_codes, code) == ANSWER_ADDRESS,
                                 .code = gateway_code(a, code),
                                 .at_us = json_body_int(row, "UserReceiveTime") * 1000000 };
        return 0;
    }
    return 2;
}

const struct gateway_kind gateway_tencent = {
    .name = "tencent",
    .channels = 1U << NOTICE_SMS,
    .help = "Tencent Cloud SMS",
    .codes = codes,
    .receipt_codes = receipt_codes,
    .codes_from = "the error codes of *SendSms* (the page of API 2019-07-11; clients of 2021-01-11 quote the same), *公共错误码* of the\n"
                  "API, and *Error Codes for Status* (短信下发和回执状态错误码) for receipts. Not on that page, but in carriers' own lists: `DB:0100`, `DB:0101`,\n"
                  "`CB:0001`, `CB:0053`. In none: `MBBLACK`, which is seen in use.",
    .settings = {
        { "secret_id", true, NULL, "id of the API key" },
        { "secret_key_file", true, NULL, "file with the secret of the API key" },
        { "sdk_app_id", true, NULL, "SmsSdkAppId of the application" },
        { "sign_name", false, NULL, "approved signature; the tenant's sign where it is not given" },
        { "region", false, "ap-guangzhou", "region of the service" },
        { "endpoint", false, "https://sms.tencentcloudapi.com", "where the service is" },
        GATEWAY_CALL_SETTINGS,
    },
    .needs_template = true,
    .build = build,
    .read = read_answer,
    .receipts = receipts,
    .build_query = build_query,
    .read_query = read_query,
};
