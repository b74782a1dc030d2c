#include "gateway_fixture.h"

static void start(void)
{
    fixture_open("tencent");
    set("secret_id", "AKID");
    set("secret_key", "secret");
    set("sdk_app_id", "1400006666");
}

TestSuite(gateway_tencent, .init = start, .fini = fixture_close);

Test(gateway_tencent, a_message_is_signed_json_with_values_in_order)
{
    built();
    cr_assert_str_eq(f.t.url, "https://sms.tencentcloudapi.com/");
    cr_assert_str_eq(f.t.body, "{\"SmsSdkAppId\":\"1400006666\",\"TemplateId\":\"SMS_1\",\"SignName\":\"云河\","
                               "\"SessionContext\":\"" OUR_ID "\",\"PhoneNumberSet\":[\"+8613800138000\"],"
                               "\"TemplateParamSet\":[\"2026-001\",\"12月1日\"]}");
    cr_assert_eq(f.t.body_len, strlen(f.t.body));
    cr_assert_str_eq(header("X-TC-Action"), "SendSms");
    cr_assert_str_eq(header("X-TC-Timestamp"), "1764153000");
    cr_assert_str_eq(header("X-TC-Region"), "ap-guangzhou");
    cr_assert(strstr(header("Authorization"), "Credential=AKID/2025-11-26/sms/tc3_request, "));
}

Test(gateway_tencent, without_an_approved_template_nothing_goes)
{
    f.o.template = "waiting";
    cr_assert_eq(build(), 1);
}

#define SENT(code)  "{\"Response\":{\"SendStatusSet\":[{\"SerialNo\":\"5000:1\",\"Fee\":2,\"Code\":\"" code "\"}]}}"
#define ERROR(code) "{\"Response\":{\"Error\":{\"Code\":\"" code "\",\"Message\":\"\"},\"RequestId\":\"r\"}}"

Test(gateway_tencent, what_answers_mean)
{
    static const struct {
        long status;
        const char *text;
        enum answer_class class;
    } all[] = {
        { 200, SENT("Ok"), ANSWER_ACCEPTED },
        { 200, SENT("LimitExceeded.PhoneNumberThirtySecondLimit"), ANSWER_THROTTLED },
        { 200, SENT("FailedOperation.PhoneNumberInBlacklist"), ANSWER_ADDRESS },
        { 200, SENT("FailedOperation.InsufficientBalanceInSmsPackage"), ANSWER_CREDIT },
        { 200, SENT("FailedOperation.ContainSensitiveWord"), ANSWER_PERMANENT },
        { 200, SENT("InternalError.Timeout"), ANSWER_UNKNOWN },
        { 200, ERROR("AuthFailure.SignatureFailure"), ANSWER_REFUSED },
        { 200, ERROR("UnauthorizedOperation.SerivceSuspendDueToArrears"), ANSWER_CREDIT },
        { 200, ERROR("RequestLimitExceeded.UinLimitExceeded"), ANSWER_THROTTLED },
        { 200, "{}", ANSWER_UNKNOWN },
        { 500, "", ANSWER_UNKNOWN },
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        cr_assert_eq(class_of(all[i].status, all[i].text), all[i].class, "%s", all[i].text);
    answered(200, all[0].text);
    cr_assert_str_eq(f.answer.request_id, "5000:1");
    cr_assert_eq(f.answer.parts, 2);
}

Test(gateway_tencent, receipts_are_read_and_answered)
{
    int e = receive((struct receipt_request){
        .body = "[{\"user_receive_time\":\"2026-11-26 18:30:00\",\"nationcode\":\"86\",\"mobile\":\"13800138000\","
                "\"report_status\":\"SUCCESS\",\"errmsg\":\"DELIVRD\",\"description\":\"x\",\"sid\":\"5000:1\","
                "\"ext\":\"" OUR_ID "\"},{\"mobile\":\"13800138001\",\"report_status\":\"FAIL\","
                "\"errmsg\":\"MK:0001\",\"sid\":\"5000:2\"}]" });

    cr_assert_eq(e, 0);
    cr_assert_eq(f.receipt_count, 2);
    cr_assert_str_eq(f.receipts[0].id, OUR_ID);
    cr_assert_eq(f.receipts[0].status, RECEIPT_DELIVERED);
    cr_assert_eq(f.receipts[0].at_us, INT64_C(1795689000000000));
    cr_assert_str_eq(f.receipts[1].request_id, "5000:2");
    cr_assert_eq(f.receipts[1].status, RECEIPT_FAILED);
    cr_assert(f.receipts[1].bad_address);
    cr_assert_str_eq(f.reply, "{\"result\":0,\"errmsg\":\"OK\"}");
    cr_assert_eq(receive((struct receipt_request){ .body = "{\"a\":1}" }), 2);
}

Test(gateway_tencent, asked_by_number_since_it_was_sent)
{
    f.t = (struct transfer){ 0 };
    cr_assert_eq(f.g.kind->build_query(&f.g, &f.o, "", &f.a, &f.t), 0);
    cr_assert_str_eq(f.t.body, "{\"SmsSdkAppId\":\"1400006666\",\"PhoneNumber\":\"+8613800138000\","
                               "\"BeginTime\":1764150900,\"EndTime\":1764153300,\"Offset\":0,\"Limit\":100}");
    cr_assert_str_eq(header("X-TC-Action"), "PullSmsSendStatusByPhoneNumber");
}

Test(gateway_tencent, a_report_settles_it_and_none_says_nothing)
{
    struct receipt r;

    cr_assert_eq(query_says("{\"Response\":{\"PullSmsSendStatusSet\":[{\"SessionContext\":\"" OUR_ID "\","
                            "\"ReportStatus\":\"SUCCESS\",\"Description\":\"DELIVRD\",\"SerialNo\":\"5000:1\","
                            "\"UserReceiveTime\":1620734188}]}}",
                            &r),
                 0);
    cr_assert_eq(r.status, RECEIPT_DELIVERED);
    cr_assert_eq(r.at_us, INT64_C(1620734188000000));
    cr_assert_eq(query_says("{\"Response\":{\"PullSmsSendStatusSet\":[]}}", &r), 2);
    cr_assert_eq(query_says("no", &r), 2);
}

Test(gateway_tencent, what_its_manual_says_of_codes)
{
    static const struct meant all[] = {
        { "LimitExceeded.PhoneNumberDailyLimit", ANSWER_THROTTLED },
        { "LimitExceeded.DeliveryFrequencyLimit", ANSWER_THROTTLED },
        { "LimitExceeded.PhoneNumberSameContentDailyLimit", ANSWER_THROTTLED },
        { "LimitExceeded.AppCountryOrRegionInBlacklist", ANSWER_PERMANENT },
        { "UnsupportedOperation.UnsupportedRegion", ANSWER_PERMANENT },
        { "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone", ANSWER_PERMANENT },
        { "InvalidParameterValue.IncorrectPhoneNumber", ANSWER_ADDRESS },
        { "FailedOperation.SignatureIncorrectOrUnapproved", ANSWER_TEMPLATE },
        { "FailedOperation.TemplateUnapprovedOrNotExist", ANSWER_TEMPLATE },
        { "InvalidParameterValue.TemplateParameterLengthLimit", ANSWER_TEMPLATE },
        { "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter", ANSWER_PERMANENT },
        { "UnauthorizedOperation.ServiceSuspendDueToArrears", ANSWER_CREDIT },
        { "UnauthorizedOperation.RequestIpNotInWhitelist", ANSWER_REFUSED },
        { "UnauthorizedOperation.SdkAppIdIsDisabled", ANSWER_REFUSED },
        { "UnauthorizedOperation.SmsSdkAppIdVerifyFail", ANSWER_REFUSED },
        { "AuthFailure.SecretIdNotFound", ANSWER_REFUSED },
        { "InternalError.SigFieldMissing", ANSWER_REFUSED },
        { "InternalError.RequestTimeException", ANSWER_REFUSED },
        { "InternalError.RestApiInterfaceNotExist", ANSWER_PERMANENT },
        { "InternalError.SendAndRecvFail", ANSWER_UNKNOWN },
        { "ServiceUnavailable", ANSWER_UNKNOWN },
    };

    assert_meant("{\"Response\":{\"Error\":{\"Code\":\"", "\"}}}", all, sizeof all / sizeof *all);
}

Test(gateway_tencent, only_a_number_that_is_none_or_refuses_is_left_out)
{
    static const struct {
        const char *code;
        bool bad;
    } all[] = {
        { "MK:0001", true },
        { "MK:0012", true },
        { "MX:0012", true },
        { "DB:0141", true },
        { "MB:1077", true },
        { "69", true },
        { "1", true },
        { "W-BLACK", true },
        { "MOBILE BLACK", true },
        { "BWLIST _006", true },
        { "UNDELIV", false },
        { "EXPIRED", false },
        { "MK:0024", false },
        { "MI:0024", false },
        { "MK:0017", false },
        { "54", false },
        { "12", false },
        { "DB:0102", false },
        { "UNDELIV_601", false },
        { "MX:0003", false },
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        cr_assert_eq(receive((struct receipt_request){
                         .body = arena_printf(&f.a, "[{\"report_status\":\"FAIL\",\"errmsg\":\"%s\"}]", all[i].code) }),
                     0);
        cr_expect_eq(f.receipts[0].bad_address, all[i].bad, "%s", all[i].code);
    }
}
