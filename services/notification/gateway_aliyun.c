/* Aliyun Short Message Service, API 2017-05-25: SendSms, QuerySendDetails, SmsReport pushed over HTTP. */
#include <string.h>

#include "common/base/cleanup.h"
#include "gateway_call.h"
#include "gateway_kinds.h"
#include "json_body.h"
#include "signature.h"

#define VERSION    "2017-05-25"
#define CHINA_US   (INT64_C(8) * 3600 * 1000000)
#define QUERY_ROWS 50 /* the most that they give */

/* "System errors" say nothing about whether it was sent, and a nonce that was used was in a call that did come there:
 * the query tells. What is wrong with one text or value is the default, PERMANENT. */
static const struct answer_code codes[] = {
    { "OK", ANSWER_ACCEPTED },
    { "isv.BUSINESS_LIMIT*", ANSWER_THROTTLED },
    { "BUSINESS_LIMIT*", ANSWER_THROTTLED }, /* abroad */
    { "isv.DAY_LIMIT_CONTROL", ANSWER_THROTTLED },
    { "isv.MONTH_LIMIT_CONTROL", ANSWER_THROTTLED },
    { "Throttling*", ANSWER_THROTTLED },
    { "isv.MOBILE_NUMBER_ILLEGAL", ANSWER_ADDRESS },
    { "isv.BLACK_KEY_CONTROL_LIMIT", ANSWER_ADDRESS }, /* the number is on a black list */
    { "isv.CUSTOMER_REFUSED", ANSWER_ADDRESS },
    { "isv.OUT_OF_SERVICE", ANSWER_CREDIT },
    { "isv.AMOUNT_NOT_ENOUGH", ANSWER_CREDIT },
    { "isv.SMS_TEMPLATE*", ANSWER_TEMPLATE },
    { "isv.TEMPLATE*", ANSWER_TEMPLATE },
    { "isv.SMS_SIGN*", ANSWER_TEMPLATE },
    { "isv.SIGN*", ANSWER_TEMPLATE },
    { "isv.SMS_TEST*",
      ANSWER_TEMPLATE }, /* signature and template for trials, and numbers that are not bound to them */
    { "isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE", ANSWER_TEMPLATE },
    { "isv.DOMESTIC_NUMBER_NOT_SUPPORTED", ANSWER_TEMPLATE }, /* a template for abroad */
    { "isv.EXTEND_CODE_ERROR", ANSWER_TEMPLATE },
    { "SIGNATURE_BLACKLIST", ANSWER_TEMPLATE },
    { "PORT_NOT_REGISTERED", ANSWER_TEMPLATE }, /* the signature is not filed with the carrier yet */
    { "isv.ACCOUNT_NOT_EXISTS", ANSWER_REFUSED },
    { "isv.ACCOUNT_ABNORMAL", ANSWER_REFUSED },
    { "isv.SECURITY_FROZEN_ACCOUNT", ANSWER_REFUSED },
    { "isv.PRODUCT_UN_SUBSCRIPT", ANSWER_REFUSED },
    { "isv.PRODUCT_UNSUBSCRIBE", ANSWER_REFUSED },
    { "isv.DENY_IP_RANGE", ANSWER_REFUSED },
    { "isp.RAM_PERMISSION_DENY", ANSWER_REFUSED },
    { "isv.RAM_PERMISSION_DENY", ANSWER_REFUSED }, /* as some pages spell it */
    { "InvalidAccessKeyId*", ANSWER_REFUSED },
    { "MissingAccessKeyId", ANSWER_REFUSED },
    { "SignatureDoesNotMatch*", ANSWER_REFUSED },
    { "InvalidTimeStamp*", ANSWER_REFUSED },
    { "Forbidden*", ANSWER_REFUSED },
    { "NoPermission*", ANSWER_REFUSED },
    { "SignatureNonceUsed*", ANSWER_UNKNOWN },
    { "isp.SYSTEM_ERROR", ANSWER_UNKNOWN },
    { "isp.GATEWAY_ERROR", ANSWER_UNKNOWN },
    { "InternalError*", ANSWER_UNKNOWN },
    { "ServiceUnavailable*", ANSWER_UNKNOWN },
    { "", ANSWER_PERMANENT },
};

/* Of receipts: ADDRESS where the number is to be left alone for a time. Not MOBILE_NOT_ON_SERVICE and INVALID_NUMBER,
 * which they say of a phone that is switched off or out of reach as well as of a number that does not exist. */
static const struct answer_code receipt_codes[] = {
    { "MOBILE_IN_BLACK", ANSWER_ADDRESS }, { "USER_REJECT", ANSWER_ADDRESS },
    { "MK:0000", ANSWER_ADDRESS }, /* carrier: no such number; so are the next three */
    { "MK:0001", ANSWER_ADDRESS },         { "MK:0012", ANSWER_ADDRESS },
    { "MK:0013", ANSWER_ADDRESS },         { "", ANSWER_PERMANENT },
};

/* Chinese numbers without the country's code, others without the plus. */
static const char *number_of(const char *to)
{
    if (strncmp(to, "+86", 3) == 0)
        return to + 3;
    return *to == '+' ? to + 1 : to;
}

static int call(const struct gateway *g, const struct outgoing *o, const char *action, const struct strbuf *query,
                struct arena *a, struct transfer *t, const char **ret_why)
{
    const char *endpoint = gateway_endpoint(a, g);
    struct signature_request q = { .host = gateway_call_host(a, endpoint),
                                   .query = query->data,
                                   .body = "",
                                   .action = action,
                                   .version = VERSION,
                                   .key_id = gateway_setting(g, "access_key_id"),
                                   .secret = gateway_secret(a, g, "access_key_secret"),
                                   .nonce = o->nonce,
                                   .now_us = o->now_us };

    if (gateway_call_init(g, t, "POST", arena_printf(a, "%s/?%s", endpoint, query->data), false, ret_why))
        return 1;
    gateway_call_header(a, t, "x-acs-action", action);
    gateway_call_header(a, t, "x-acs-version", VERSION);
    gateway_call_header(a, t, "x-acs-date", signature_date(a, o->now_us));
    gateway_call_header(a, t, "x-acs-signature-nonce", o->nonce);
    gateway_call_header(a, t, "x-acs-content-sha256",
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"); /* of nothing */
    gateway_call_header(a, t, "Authorization", signature_acs3(a, &q));
    gateway_call_header(a, t, "Accept", "application/json");
    return 0;
}

static int build(const struct gateway *g, const struct outgoing *o, struct arena *a, struct transfer *t,
                 const char **ret_why)
{
    const char *sign = gateway_setting(g, "sign_name");
    const struct gateway_template *template;
    struct strbuf query, params;

    if (gateway_template_need(g, o, &template, ret_why))
        return 1;
    strbuf_init(&params, a);
    gateway_add_vars(&params, template, o);
    strbuf_init(&query, a);
    form_add(&query, "OutId", o->id);
    form_add(&query, "PhoneNumbers", number_of(o->to));
    form_add(&query, "SignName", *sign ? sign : o->sign);
    form_add(&query, "TemplateCode", template->id);
    form_add(&query, "TemplateParam", params.data);
    return call(g, o, "SendSms", &query, a, t, ret_why);
}

static void read_answer(const struct gateway *g, const struct transfer *t, struct arena *a, struct answer *ret)
{
    _cleanup_(json_body_freep) json_t *root = json_body_parse(t->answer, t->answer_len);

    (void)g;
    gateway_answer(codes, json_body_text(a, root, "Code"), t, a, ret);
    ret->request_id = json_body_text(a, root, "BizId");
}

static struct receipt receipt_of(struct arena *a, const json_t *item)
{
    const char *code = json_body_text(a, item, "err_code");
    bool good = json_is_true(json_object_get(item, "success"));

    return (struct receipt){
        .id = gateway_own_id(a, json_body_text(a, item, "out_id")),
        .request_id = json_body_text(a, item, "biz_id"),
        .status = good ? RECEIPT_DELIVERED : RECEIPT_FAILED,
        .bad_address = !good && answer_class_of(receipt_codes, code) == ANSWER_ADDRESS,
        .code = gateway_code(a, code),
        .parts = (int)json_body_int(item, "sms_size"),
        .at_us = gateway_china_us(json_body_text(a, item, "report_time")),
    };
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
    for (size_t i = 0; i < count; i++)
        (*ret)[i] = receipt_of(a, json_array_get(root, i));
    *ret_count = count;
    *ret_reply = "{\"code\":0,\"msg\":\"OK\"}";
    return 0;
}

/* By number and day: an id of theirs is what did not come. */
static int build_query(const struct gateway *g, const struct outgoing *o, const char *request_id, struct arena *a,
                       struct transfer *t)
{
    const char *day = signature_date(a, o->sent_us + CHINA_US), *why;
    struct strbuf query;

    strbuf_init(&query, a);
    if (*request_id)
        form_add(&query, "BizId", request_id);
    form_add(&query, "CurrentPage", "1");
    form_add(&query, "PageSize", arena_printf(a, "%d", QUERY_ROWS));
    form_add(&query, "PhoneNumber", number_of(o->to));
    form_add(&query, "SendDate", arena_printf(a, "%.4s%.2s%.2s", day, day + 5, day + 8));
    return call(g, o, "QuerySendDetails", &query, a, t, &why);
}

static const enum receipt_status status_of[] = { [1] = RECEIPT_PENDING, [2] = RECEIPT_FAILED, [3] = RECEIPT_DELIVERED };

static int read_query(const struct gateway *g, const struct outgoing *o, const struct transfer *t, struct arena *a,
                      struct receipt *ret)
{
    _cleanup_(json_body_freep) json_t *root = json_body_parse(t->answer, t->answer_len);
    const json_t *rows = json_body_at(root, "/SmsSendDetailDTOs/SmsSendDetailDTO");

    (void)g;
    if (t->end != TRANSFER_ANSWERED || strcmp(json_body_text(a, root, "Code"), "OK") != 0)
        return 2;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        int64_t status = json_body_int(row, "SendStatus");
        const char *code = json_body_text(a, row, "ErrCode");

        if (strcmp(json_body_text(a, row, "OutId"), o->id) != 0)
            continue;
        if (status < 1 || status > 3)
            return 2;
        *ret = (struct receipt){ .id = o->id, .request_id = "", .status = status_of[status] };
        ret->code = gateway_code(a, code);
        ret->bad_address = status == 2 && answer_class_of(receipt_codes, code) == ANSWER_ADDRESS;
        ret->at_us = gateway_china_us(json_body_text(a, row, "ReceiveDate"));
        return 0;
    }
    return json_body_int(root, "TotalCount") > QUERY_ROWS ? 2 : 1;
}

const struct gateway_kind gateway_aliyun = {
    .name = "aliyun",
    .channels = 1U << NOTICE_SMS,
    .help = "Aliyun Short Message Service",
    .codes = codes,
    .receipt_codes = receipt_codes,
    .codes_from = "*API错误码* and *SmsReport* of 短信服务's developer reference (国内消息), and for `BUSINESS_LIMIT*` *API Error\n"
                  "Codes* of the international help; the ones without `isv.` and `isp.` are the API gateway's *公共错误码*. In none of\n"
                  "these: `MK:...` of receipts, which are the carrier's own (as with tencent), and `Forbidden*`, `NoPermission*`,\n"
                  "`ServiceUnavailable*`, which other products of theirs answer. `MOBILE_NOT_ON_SERVICE` and `INVALID_NUMBER` leave no\n"
                  "number out: by their words the phone may only be switched off.",
    .settings = {
        { "access_key_id", true, NULL, "id of the access key" },
        { "access_key_secret_file", true, NULL, "file with the secret of the access key" },
        { "sign_name", false, NULL, "approved signature; the tenant's sign where it is not given" },
        { "endpoint", false, "https://dysmsapi.aliyuncs.com", "where the service is" },
        GATEWAY_CALL_SETTINGS,
    },
    .needs_template = true,
    .build = build,
    .read = read_answer,
    .receipts = receipts,
    .build_query = build_query,
    .read_query = read_query,
};
