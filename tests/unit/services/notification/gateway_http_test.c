#include "gateway_fixture.h"

static void start(void)
{
    fixture_open("http");
    set("endpoint", "https://sms.example.com/send?to={{national}}");
    set("body", "{\"mobile\":\"{{to}}\",\"content\":\"【{{sign}}】{{text}}\",\"seq\":\"{{id}}\",\"t\":{{time}}}");
    set("header", "Authorization: Bearer {{secret}}");
    set("secret", "s3\n");
}

TestSuite(gateway_http, .init = start, .fini = fixture_close);

Test(gateway_http, names_are_put_in_as_the_place_wants_them)
{
    f.o.text = "say \"no\"\n& <go>";
    built();
    cr_assert_str_eq(f.t.url, "https://sms.example.com/send?to=13800138000");
    cr_assert_str_eq(f.t.body, "{\"mobile\":\"+8613800138000\",\"content\":\"【云河】say \\\"no\\\"\\n& <go>\","
                               "\"seq\":\"" OUR_ID "\",\"t\":1764153000}");
    cr_assert_str_eq(header("Authorization"), "Bearer s3");
    cr_assert_str_eq(header("Content-Type"), "application/json");
}

Test(gateway_http, a_form_is_encoded_and_xml_is_escaped)
{
    f.o.text = "a&b <c>";
    set("body", "text={{text}}");
    set("content_type", "application/x-www-form-urlencoded");
    built();
    cr_assert_str_eq(f.t.body, "text=a%26b%20%3Cc%3E");
    set("body", "<t>{{text}}</t>");
    set("content_type", "text/xml");
    built();
    cr_assert_str_eq(f.t.body, "<t>a&amp;b &lt;c&gt;</t>");
}

Test(gateway_http, a_get_has_no_body)
{
    set("method", "GET");
    set("endpoint", "http://10.0.0.1/send?text={{text}}");
    built();
    cr_assert_str_eq(f.t.method, "GET");
    cr_assert_null(f.t.body);
    cr_assert(url_has("http://10.0.0.1/send?text=%E6%82%A8"));
}

Test(gateway_http, a_name_that_there_is_not_stops_it)
{
    set("body", "{{phone}}");
    cr_assert_eq(build(), 1);
    set("body", "{{to");
    cr_assert_eq(build(), 1);
    set("body", "");
    set("header", "no colon");
    cr_assert_eq(build(), 1);
    set("header", "X: {{what}}");
    cr_assert_eq(build(), 1);
}

Test(gateway_http, the_settings_say_what_answers_mean)
{
    set("success_at", "/code");
    set("success_value", "0,000");
    set("request_id_at", "/data/id");
    set("code_at", "/code");
    set("codes_throttled", "105,106");
    set("codes_credit", "110");
    set("codes_address", "120");
    cr_assert_eq(class_of(200, "{\"code\":\"000\",\"data\":{\"id\":77}}"), ANSWER_ACCEPTED);
    cr_assert_str_eq(f.answer.request_id, "77");
    cr_assert_eq(class_of(200, "{\"code\":106}"), ANSWER_THROTTLED);
    cr_assert_str_eq(f.answer.code, "106");
    cr_assert_eq(class_of(200, "{\"code\":110}"), ANSWER_CREDIT);
    cr_assert_eq(class_of(200, "{\"code\":120}"), ANSWER_ADDRESS);
    cr_assert_eq(class_of(200, "{\"code\":10}"), ANSWER_PERMANENT);
    cr_assert_eq(class_of(200, "?"), ANSWER_UNKNOWN);
    cr_assert_eq(class_of(500, "{\"code\":0}"), ANSWER_UNKNOWN);
    cr_assert_eq(class_of(401, ""), ANSWER_REFUSED);
}

Test(gateway_http, a_text_can_say_it_too)
{
    set("success_text", "result=0");
    cr_assert_eq(class_of(200, "result=0&id=1"), ANSWER_ACCEPTED);
    cr_assert_eq(class_of(200, "result=9"), ANSWER_UNKNOWN);
}

Test(gateway_http, receipts_as_json_one_or_many)
{
    set("receipt_id", "seq");
    set("receipt_request_id", "/data/id");
    set("receipt_code", "err");
    set("codes_address", "MK:0001");
    cr_assert_eq(receive((struct receipt_request){ .body = "{\"seq\":\"" OUR_ID "\",\"status\":\"DELIVRD\"}" }), 0);
    cr_assert_eq(f.receipt_count, 1);
    cr_assert_str_eq(f.receipts[0].id, OUR_ID);
    cr_assert_eq(f.receipts[0].status, RECEIPT_DELIVERED);
    cr_assert_str_eq(f.reply, "ok");
    cr_assert_eq(
        receive((struct receipt_request){ .body = "[{\"data\":{\"id\":5},\"status\":\"FAIL\",\"err\":\"MK:0001\"},"
                                                  "{\"seq\":\"" OUR_ID "\",\"status\":\"0\"}]" }),
        0);
    cr_assert_eq(f.receipt_count, 2);
    cr_assert_str_eq(f.receipts[0].request_id, "5");
    cr_assert_eq(f.receipts[0].status, RECEIPT_FAILED);
    cr_assert(f.receipts[0].bad_address);
    cr_assert_eq(f.receipts[1].status, RECEIPT_DELIVERED);
}

Test(gateway_http, receipts_as_a_form_or_in_the_query)
{
    set("receipt_id", "seq");
    set("receipt_pending", "wait");
    cr_assert_eq(receive((struct receipt_request){ .body = "seq=" OUR_ID "&status=wait" }), 0);
    cr_assert_eq(f.receipts[0].status, RECEIPT_PENDING);
    cr_assert_eq(receive((struct receipt_request){ .query = "seq=" OUR_ID "&status=UNDELIV" }), 0);
    cr_assert_eq(f.receipts[0].status, RECEIPT_FAILED);
    cr_assert_str_eq(f.receipts[0].code, "UNDELIV");
}

Test(gateway_http, a_receipt_of_nothing_is_not_understood)
{
    set("receipt_id", "seq");
    cr_assert_eq(receive((struct receipt_request){ .body = "{\"status\":\"DELIVRD\"}" }), 2);
    cr_assert_eq(receive((struct receipt_request){ .body = "seq=13800138000&status=0" }), 2);
    cr_assert_eq(receive((struct receipt_request){ .body = "[1]" }), 2);
    cr_assert_eq(receive((struct receipt_request){ .body = "%" }), 2);
}
