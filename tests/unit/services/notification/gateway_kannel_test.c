#include "gateway_fixture.h"

static void start(void)
{
    fixture_open("kannel");
    set("endpoint", "http://sms.internal:13013/cgi-bin/sendsms");
    set("username", "redress");
    set("password", "p&w\n");
}

TestSuite(gateway_kannel, .init = start, .fini = fixture_close);

Test(gateway_kannel, a_message_is_a_get_with_its_report_url)
{
    built();
    cr_assert_str_eq(f.t.method, "GET");
    cr_assert(url_has("http://sms.internal:13013/cgi-bin/sendsms?username=redress&password=p%26w&to=%2B8613800138000&"
                      "coding=2&charset=UTF-8&text=%E3%80%90%E4%BA%91%E6%B2%B3%E3%80%91%E6%82%A8"),
              "a line of one's own: the sender's name goes in front");
    cr_assert(url_has("&dlr-mask=31&dlr-url=https%3A%2F%2Fr.example.com%2Freceipts%2Fsecret%3Fid%3D" OUR_ID
                      "%26type%3D%25d%26at%3D%25T%26smsc_id%3D%25F"));
    cr_assert_not(url_has("from="));
}

Test(gateway_kannel, sender_and_line_where_they_are_given)
{
    set("from", "10690000");
    set("smsc", "cmpp");
    f.o.receipt_url = "";
    built();
    cr_assert(url_has("&from=10690000&smsc=cmpp&"));
    cr_assert_not(url_has("dlr"));
}

Test(gateway_kannel, what_answers_mean)
{
    cr_assert_eq(class_of(202, "0: Accepted for delivery"), ANSWER_ACCEPTED);
    cr_assert_eq(class_of(202, "3: Queued for later delivery"), ANSWER_ACCEPTED);
    cr_assert_eq(class_of(403, "Not routable. Do not try again."), ANSWER_PERMANENT);
    cr_assert_eq(class_of(403, "Authorization failed for sendsms"), ANSWER_REFUSED);
    cr_assert_eq(class_of(503, "Temporal failure, try again later."), ANSWER_RETRY);
    cr_assert_eq(class_of(400, "Missing receiver number, rejected"), ANSWER_PERMANENT);
    cr_assert_str_eq(f.answer.code, "http 400");
    cr_assert_eq(class_of(200, "<html>"), ANSWER_UNKNOWN);
}

Test(gateway_kannel, reports_by_their_bits)
{
    static const struct {
        const char *type;
        enum receipt_status status;
    } all[] = {
        { "1", RECEIPT_DELIVERED }, { "2", RECEIPT_FAILED },  { "16", RECEIPT_FAILED },
        { "34", RECEIPT_FAILED },   { "4", RECEIPT_PENDING }, { "8", RECEIPT_PENDING },
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const char *query = arena_printf(&f.a, "id=" OUR_ID "&type=%s&at=1764153000&smsc_id=77", all[i].type);

        cr_assert_eq(receive((struct receipt_request){ .query = query }), 0);
        cr_assert_eq(f.receipts[0].status, all[i].status, "%s", all[i].type);
        cr_assert_str_eq(f.receipts[0].id, OUR_ID);
        cr_assert_str_eq(f.receipts[0].request_id, "77");
        cr_assert_eq(f.receipts[0].at_us, INT64_C(1764153000000000));
    }
}

Test(gateway_kannel, a_report_without_a_type_is_not_understood)
{
    cr_assert_eq(receive((struct receipt_request){ .query = "id=" OUR_ID }), 2);
    cr_assert_eq(receive((struct receipt_request){ .query = "id=" OUR_ID "&type=%d" }), 2);
    cr_assert_eq(receive((struct receipt_request){ .query = "id=" OUR_ID "&type=0" }), 2);
}
