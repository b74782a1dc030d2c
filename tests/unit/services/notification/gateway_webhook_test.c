#include "gateway_fixture.h"

#include "services/notification/signature.h"

static void start(void)
{
    fixture_open("webhook");
    set("endpoint", "https://erp.example.com/hooks/redress");
    set("secret", "key\n");
    f.o.channel = NOTICE_WEBHOOK;
    f.o.data = "{\"complaint\":\"2026-001\"}";
}

TestSuite(gateway_webhook, .init = start, .fini = fixture_close);

Test(gateway_webhook, an_event_is_a_signed_cloudevent)
{
    built();
    cr_assert_str_eq(f.t.body, "{\"specversion\":\"1.0\",\"id\":\"" OUR_ID "\",\"source\":\"/redress\","
                               "\"type\":\"redress.registered\",\"time\":\"2025-11-26T10:30:00Z\","
                               "\"datacontenttype\":\"application/json\",\"data\":{\"complaint\":\"2026-001\"}}");
    cr_assert_str_eq(header("Content-Type"), "application/cloudevents+json; charset=utf-8");
    cr_assert_str_eq(header("Redress-Signature"), signature_webhook(&f.a, "key", f.o.now_us, f.t.body));
}

Test(gateway_webhook, without_data_there_is_an_empty_object)
{
    f.o.data = "";
    built();
    cr_assert(body_has("\"data\":{}}"));
}

Test(gateway_webhook, without_a_secret_or_tls_nothing_goes)
{
    set("secret", "\n");
    cr_assert_eq(build(), 1);
    set("secret", "key");
    set("endpoint", "http://erp.example.com/");
    cr_assert_eq(build(), 1);
}

Test(gateway_webhook, the_status_is_the_answer)
{
    cr_assert_eq(class_of(204, ""), ANSWER_ACCEPTED);
    cr_assert_eq(class_of(404, ""), ANSWER_PERMANENT);
    cr_assert_str_eq(f.answer.code, "http 404");
    cr_assert_eq(class_of(500, ""), ANSWER_UNKNOWN);
}
