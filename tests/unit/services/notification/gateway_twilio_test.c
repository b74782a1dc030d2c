#include "gateway_fixture.h"

#include "services/notification/signature.h"

#define URL "https://r.example.com/receipts/secret?id=" OUR_ID

static void start(void)
{
    fixture_open("twilio");
    set("account_sid", "AC1");
    set("auth_token", "12345");
    set("from", "+15005550006");
}

TestSuite(gateway_twilio, .init = start, .fini = fixture_close);

Test(gateway_twilio, a_message_is_a_form_with_a_place_for_receipts)
{
    built();
    cr_assert_str_eq(f.t.url, "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json");
    cr_assert(body_has("To=%2B8613800138000&From=%2B15005550006&Body=%E6%82%A8"));
    cr_assert(body_has("&StatusCallback=https%3A%2F%2Fr.example.com%2Freceipts%2Fsecret%3Fid%3D" OUR_ID));
    cr_assert_str_eq(f.t.user, "AC1");
    cr_assert_str_eq(f.t.password, "12345");
}

Test(gateway_twilio, a_messaging_service_stands_for_the_sender)
{
    set("messaging_service_sid", "MG1");
    f.o.receipt_url = "";
    built();
    cr_assert(body_has("&MessagingServiceSid=MG1&"));
    cr_assert_not(body_has("From="));
    cr_assert_not(body_has("StatusCallback"));
}

Test(gateway_twilio, what_answers_mean)
{
    cr_assert_eq(class_of(201, "{\"sid\":\"SM1\",\"status\":\"queued\",\"num_segments\":\"2\",\"error_code\":null}"),
                 ANSWER_ACCEPTED);
    cr_assert_str_eq(f.answer.request_id, "SM1");
    cr_assert_eq(f.answer.parts, 2);
    cr_assert_eq(class_of(400, "{\"code\":21211,\"message\":\"x\",\"status\":400}"), ANSWER_ADDRESS);
    cr_assert_str_eq(f.answer.code, "21211");
    cr_assert_eq(class_of(401, "{\"code\":20003}"), ANSWER_REFUSED);
    cr_assert_eq(class_of(429, "{\"code\":20429}"), ANSWER_THROTTLED);
    cr_assert_eq(class_of(429, ""), ANSWER_THROTTLED);
    cr_assert_eq(class_of(500, "{\"code\":20500}"), ANSWER_UNKNOWN);
    cr_assert_eq(class_of(400, "{\"code\":21605}"), ANSWER_PERMANENT);
    cr_assert_eq(class_of(200, ""), ANSWER_UNKNOWN);
}

static int receive_signed(const char *body, const char *url)
{
    struct form form;

    cr_assert(form_parse(&f.a, body, strlen(body), &form));
    return receive((struct receipt_request){
        .query = "id=" OUR_ID, .body = body, .url = URL, .signature = signature_twilio(&f.a, "12345", url, &form) });
}

Test(gateway_twilio, a_signed_receipt_is_taken)
{
    cr_assert_eq(receive_signed("MessageSid=SM1&MessageStatus=delivered&To=%2B8613800138000", URL), 0);
    cr_assert_eq(f.receipt_count, 1);
    cr_assert_str_eq(f.receipts[0].id, OUR_ID);
    cr_assert_str_eq(f.receipts[0].request_id, "SM1");
    cr_assert_eq(f.receipts[0].status, RECEIPT_DELIVERED);
    cr_assert_str_eq(f.receipts[0].code, "delivered");
}

Test(gateway_twilio, a_signature_of_another_url_or_none_is_refused)
{
    static const char body[] = "MessageSid=SM1&MessageStatus=delivered";

    cr_assert_eq(receive_signed(body, "https://r.example.com/receipts/secret?id=other"), 1);
    cr_assert_eq(receive((struct receipt_request){ .query = "id=" OUR_ID, .body = body, .url = URL }), 1);
}

Test(gateway_twilio, states_and_bad_numbers)
{
    cr_assert_eq(receive_signed("MessageStatus=undelivered&ErrorCode=30005", URL), 0);
    cr_assert_eq(f.receipts[0].status, RECEIPT_FAILED);
    cr_assert(f.receipts[0].bad_address);
    cr_assert_str_eq(f.receipts[0].code, "30005");
    cr_assert_eq(receive_signed("MessageStatus=failed&ErrorCode=30008", URL), 0);
    cr_assert_not(f.receipts[0].bad_address);
    cr_assert_eq(receive_signed("MessageStatus=undelivered&ErrorCode=30003", URL), 0);
    cr_assert_not(f.receipts[0].bad_address, "it may only be switched off");
    cr_assert_eq(receive_signed("MessageStatus=sent", URL), 0);
    cr_assert_eq(f.receipts[0].status, RECEIPT_PENDING);
    cr_assert_eq(receive_signed("Something=else", URL), 2);
}

Test(gateway_twilio, what_its_dictionary_says_of_codes)
{
    static const struct meant all[] = {
        { "20005", ANSWER_CREDIT },    { "10001", ANSWER_CREDIT },    { "63038", ANSWER_THROTTLED },
        { "21611", ANSWER_THROTTLED }, { "21610", ANSWER_ADDRESS },   { "21614", ANSWER_ADDRESS },
        { "21635", ANSWER_ADDRESS },   { "21265", ANSWER_ADDRESS },   { "21608", ANSWER_REFUSED },
        { "572005", ANSWER_REFUSED },  { "21606", ANSWER_REFUSED },   { "21659", ANSWER_REFUSED },
        { "21660", ANSWER_REFUSED },   { "21661", ANSWER_REFUSED },   { "21408", ANSWER_PERMANENT },
        { "21612", ANSWER_PERMANENT }, { "21266", ANSWER_PERMANENT },
    };

    assert_meant("{\"code\":", "}", all, sizeof all / sizeof *all);
}
