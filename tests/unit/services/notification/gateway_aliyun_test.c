#include "gateway_fixture.h"

static void start(void)
{
    fixture_open("aliyun");
    set("access_key_id", "AK");
    set("access_key_secret", "secret\n");
}

TestSuite(gateway_aliyun, .init = start, .fini = fixture_close);

Test(gateway_aliyun, a_message_is_a_signed_post_with_our_id)
{
    built();
    cr_assert_str_eq(f.t.method, "POST");
    cr_assert(url_has("https://dysmsapi.aliyuncs.com/?OutId=" OUR_ID "&PhoneNumbers=13800138000&"));
    cr_assert(url_has("&SignName=%E4%BA%91%E6%B2%B3&TemplateCode=SMS_1&"));
    cr_assert(url_has("TemplateParam=%7B%22number%22%3A%222026-001%22%2C%22day%22%3A%2212"));
    cr_assert_str_eq(header("x-acs-action"), "SendSms");
    cr_assert_str_eq(header("x-acs-date"), "2025-11-26T10:30:00Z");
    cr_assert_str_eq(header("x-acs-signature-nonce"), f.o.nonce);
    cr_assert(strstr(header("Authorization"), "ACS3-HMAC-SHA256 Credential=AK,") == header("Authorization"));
    cr_assert_eq(f.t.timeout_ms, 8000);
}

/* What stands in the query is what is signed: its names must be in order. */
Test(gateway_aliyun, the_names_of_the_query_are_in_order)
{
    const char *last = "", *p;

    built();
    for (p = strchr(f.t.url, '?') + 1;; p++) {
        const char *name = arena_strndup(&f.a, p, strcspn(p, "="));

        cr_assert_lt(strcmp(last, name), 0, "%s before %s", last, name);
        last = name;
        if (!(p = strchr(p, '&')))
            break;
    }
}

Test(gateway_aliyun, the_line_break_at_the_secrets_end_is_none_of_it)
{
    const char *with;

    built();
    with = header("Authorization");
    set("access_key_secret", "secret");
    built();
    cr_assert_str_eq(header("Authorization"), with);
    set("access_key_secret", "other");
    built();
    cr_assert_str_neq(header("Authorization"), with);
}

Test(gateway_aliyun, the_language_chooses_the_template_and_abroad_keeps_its_code)
{
    f.o.locale = "en";
    f.o.to = "+85251234567";
    built();
    cr_assert(url_has("TemplateCode=SMS_2"));
    cr_assert(url_has("PhoneNumbers=85251234567&"));
}

Test(gateway_aliyun, without_an_approved_template_nothing_goes)
{
    f.o.template = "waiting";
    cr_assert_eq(build(), 1);
    cr_assert_not_null(f.why);
    f.o.template = "unknown";
    cr_assert_eq(build(), 1);
}

Test(gateway_aliyun, plain_http_is_for_this_machine_alone)
{
    set("endpoint", "http://127.0.0.1:8080");
    built();
    cr_assert(url_has("http://127.0.0.1:8080/?OutId="));
    set("endpoint", "http://127.0.0.1.example.com");
    cr_assert_eq(build(), 1);
    set("endpoint", "http://10.0.0.1");
    cr_assert_eq(build(), 1);
}

Test(gateway_aliyun, what_answers_mean)
{
    static const struct {
        long status;
        const char *text;
        enum answer_class class;
    } all[] = {
        { 200, "{\"Code\":\"OK\",\"BizId\":\"9^0\"}", ANSWER_ACCEPTED },
        { 200, "{\"Code\":\"isv.BUSINESS_LIMIT_CONTROL\"}", ANSWER_THROTTLED },
        { 200, "{\"Code\":\"isv.MOBILE_NUMBER_ILLEGAL\"}", ANSWER_ADDRESS },
        { 200, "{\"Code\":\"isv.SMS_TEMPLATE_ILLEGAL\"}", ANSWER_TEMPLATE },
        { 200, "{\"Code\":\"isv.AMOUNT_NOT_ENOUGH\"}", ANSWER_CREDIT },
        { 200, "{\"Code\":\"isv.SOMETHING_NEW\"}", ANSWER_PERMANENT },
        { 404, "{\"Code\":\"InvalidAccessKeyId.NotFound\"}", ANSWER_REFUSED },
        { 400, "{\"Code\":\"Throttling.User\"}", ANSWER_THROTTLED },
        { 503, "{\"Code\":\"ServiceUnavailable\"}", ANSWER_UNKNOWN },
        { 200, "{\"Code\":\"isp.SYSTEM_ERROR\"}", ANSWER_UNKNOWN },
        { 500, "{\"Code\":\"Something.New\"}", ANSWER_UNKNOWN },
        { 200, "<html>", ANSWER_UNKNOWN },
        { 502, "<html>", ANSWER_UNKNOWN },
        { 403, "<html>", ANSWER_REFUSED },
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        cr_assert_eq(class_of(all[i].status, all[i].text), all[i].class, "%s", all[i].text);
    answered(200, all[0].text);
    cr_assert_str_eq(f.answer.request_id, "9^0");
    cr_assert_str_eq(f.answer.code, "OK");
}

Test(gateway_aliyun, receipts_are_read_and_answered)
{
    int e = receive((struct receipt_request){
        .body = "[{\"phone_number\":\"13800138000\",\"send_time\":\"2026-11-26 18:29:00\","
                "\"report_time\":\"2026-11-26 18:30:00\",\"success\":true,\"err_code\":\"DELIVERED\","
                "\"err_msg\":\"\",\"sms_size\":\"2\",\"biz_id\":\"9^0\",\"out_id\":\"" OUR_ID "\"},"
                "{\"phone_number\":\"13800138001\",\"success\":false,\"err_code\":\"MOBILE_IN_BLACK\","
                "\"biz_id\":\"8^0\",\"out_id\":\"\"}]" });

    cr_assert_eq(e, 0);
    cr_assert_eq(f.receipt_count, 2);
    cr_assert_str_eq(f.receipts[0].id, OUR_ID);
    cr_assert_str_eq(f.receipts[0].request_id, "9^0");
    cr_assert_eq(f.receipts[0].status, RECEIPT_DELIVERED);
    cr_assert_eq(f.receipts[0].parts, 2);
    cr_assert_eq(f.receipts[0].at_us, INT64_C(1795689000000000)); /* 10:30 UTC */
    cr_assert_eq(f.receipts[1].status, RECEIPT_FAILED);
    cr_assert(f.receipts[1].bad_address);
    cr_assert_str_eq(f.receipts[1].id, "");
    cr_assert_str_eq(f.receipts[1].code, "MOBILE_IN_BLACK");
    cr_assert_str_eq(f.reply, "{\"code\":0,\"msg\":\"OK\"}");
}

Test(gateway_aliyun, what_is_no_list_of_receipts_is_not_understood)
{
    cr_assert_eq(receive((struct receipt_request){ .body = "{}" }), 2);
    cr_assert_eq(receive((struct receipt_request){ .body = "[" }), 2);
    cr_assert_eq(receive((struct receipt_request){ 0 }), 2);
}

Test(gateway_aliyun, asked_by_number_and_the_day_of_china)
{
    f.o.sent_us = INT64_C(1764174600000000); /* 2025-11-26T16:30:00Z: the 27th in China */
    f.t = (struct transfer){ 0 };
    cr_assert_eq(f.g.kind->build_query(&f.g, &f.o, "", &f.a, &f.t), 0);
    cr_assert(url_has("/?CurrentPage=1&PageSize=50&PhoneNumber=13800138000&SendDate=20251127"));
    cr_assert_str_eq(header("x-acs-action"), "QuerySendDetails");
}

Test(gateway_aliyun, the_answer_to_the_question)
{
    struct receipt r;

    cr_assert_eq(query_says("{\"Code\":\"OK\",\"TotalCount\":2,\"SmsSendDetailDTOs\":{\"SmsSendDetailDTO\":["
                            "{\"OutId\":\"other\",\"SendStatus\":2},{\"OutId\":\"" OUR_ID "\",\"SendStatus\":3,"
                            "\"ErrCode\":\"DELIVERED\",\"ReceiveDate\":\"2026-11-26 18:30:00\"}]}}",
                            &r),
                 0);
    cr_assert_eq(r.status, RECEIPT_DELIVERED);
    cr_assert_str_eq(r.id, OUR_ID);
    cr_assert_eq(query_says("{\"Code\":\"OK\",\"SmsSendDetailDTOs\":{\"SmsSendDetailDTO\":["
                            "{\"OutId\":\"" OUR_ID "\",\"SendStatus\":1}]}}",
                            &r),
                 0);
    cr_assert_eq(r.status, RECEIPT_PENDING);
    cr_assert_eq(query_says("{\"Code\":\"OK\",\"TotalCount\":0,\"SmsSendDetailDTOs\":{\"SmsSendDetailDTO\":[]}}", &r),
                 1);
    cr_assert_eq(query_says("{\"Code\":\"OK\",\"TotalCount\":60,\"SmsSendDetailDTOs\":{\"SmsSendDetailDTO\":[]}}", &r),
                 2);
    cr_assert_eq(query_says("{\"Code\":\"isv.X\"}", &r), 2);
    cr_assert_eq(query_says("", &r), 2);
}

Test(gateway_aliyun, what_its_manual_says_of_codes)
{
    static const struct meant all[] = {
        { "isv.DAY_LIMIT_CONTROL", ANSWER_THROTTLED },
        { "isv.MONTH_LIMIT_CONTROL", ANSWER_THROTTLED },
        { "isv.BUSINESS_LIMIT_DAY", ANSWER_THROTTLED },
        { "BUSINESS_LIMIT_CONTROL_MINUTE", ANSWER_THROTTLED },
        { "isv.BLACK_KEY_CONTROL_LIMIT", ANSWER_ADDRESS },
        { "isv.CUSTOMER_REFUSED", ANSWER_ADDRESS },
        { "isv.OUT_OF_SERVICE", ANSWER_CREDIT },
        { "isv.SMS_SIGNATURE_ILLEGAL", ANSWER_TEMPLATE },
        { "isv.SMS_SIGNATURE_SCENE_ILLEGAL", ANSWER_TEMPLATE },
        { "isv.SMS_SIGN_ILLEGAL", ANSWER_TEMPLATE },
        { "isv.SIGN_STATE_ILLEGAL", ANSWER_TEMPLATE },
        { "isv.TEMPLATE_PARAMS_ILLEGAL", ANSWER_TEMPLATE },
        { "isv.TEMPLATE_MISSING_PARAMETERS", ANSWER_TEMPLATE },
        { "isv.SMS_TEST_NUMBER_LIMIT", ANSWER_TEMPLATE },
        { "PORT_NOT_REGISTERED", ANSWER_TEMPLATE },
        { "isv.SECURITY_FROZEN_ACCOUNT", ANSWER_REFUSED },
        { "isv.DENY_IP_RANGE", ANSWER_REFUSED },
        { "isp.RAM_PERMISSION_DENY", ANSWER_REFUSED },
        { "InvalidTimeStamp.Expired", ANSWER_REFUSED },
        { "SignatureNonceUsed", ANSWER_UNKNOWN },
        { "isp.GATEWAY_ERROR", ANSWER_UNKNOWN },
        { "isv.MOBILE_COUNT_OVER_LIMIT", ANSWER_PERMANENT },
        { "isv.PARAM_LENGTH_LIMIT", ANSWER_PERMANENT },
        { "isv.PARAM_NOT_SUPPORT_URL", ANSWER_PERMANENT },
        { "isv.SMS_CONTENT_ILLEGAL", ANSWER_PERMANENT },
        { "isv.UNSUPPORTED_CONTENT", ANSWER_PERMANENT },
    };

    assert_meant("{\"Code\":\"", "\"}", all, sizeof all / sizeof *all);
}

Test(gateway_aliyun, only_a_number_that_is_none_or_refuses_is_left_out)
{
    static const struct {
        const char *code;
        bool bad;
    } all[] = {
        { "MOBILE_IN_BLACK", true },        { "USER_REJECT", true },        { "MK:0001", true },
        { "MOBILE_NOT_ON_SERVICE", false }, { "INVALID_NUMBER", false },    { "MOBILE_ACCOUNT_ABNORMAL", false },
        { "MOBLLE_TERMINAL_ERROR", false }, { "MOBILE_SEND_LIMIT", false }, { "CONTENT_KEYWORD", false },
        { "REQUEST_SUCCESS", false },       { "SP_UNKNOWN_ERROR", false },  { "NO_ROUTE", false },
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        cr_assert_eq(receive((struct receipt_request){
                         .body = arena_printf(&f.a, "[{\"success\":false,\"err_code\":\"%s\"}]", all[i].code) }),
                     0);
        cr_expect_eq(f.receipts[0].bad_address, all[i].bad, "%s", all[i].code);
    }
}
