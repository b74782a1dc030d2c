#include "services/notification/gateway_call.h"

#include "gateway_fixture.h"

static void start(void)
{
    fixture_open("aliyun");
}

TestSuite(gateway_call, .init = start, .fini = fixture_close);

static int begin(const char *url, bool plain_is_usual)
{
    f.t = (struct transfer){ 0 };
    return gateway_call_init(&f.g, &f.t, "POST", url, plain_is_usual, &f.why);
}

Test(gateway_call, plain_http_is_for_this_machine_or_where_it_is_usual)
{
    static const char *const local[] = { "http://127.0.0.1/", "http://localhost:80/x", "http://[::1]:80/",
                                         "http://localhost" };
    static const char *const other[] = { "http://127.0.0.1.example.com/", "http://localhost.example.com/",
                                         "http://10.0.0.1/", "http://[::2]/" };

    for (size_t i = 0; i < sizeof local / sizeof *local; i++)
        cr_assert_eq(begin(local[i], false), 0, "%s", local[i]);
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        cr_assert_eq(begin(other[i], false), 1, "%s", other[i]);
        cr_assert_not_null(f.why);
        cr_assert_eq(begin(other[i], true), 0);
    }
    cr_assert_eq(begin("http://localhost:80@example.com/", true), 1);
    cr_assert_eq(begin("https://u:p@example.com/", true), 1);
    cr_assert_eq(begin("ftp://127.0.0.1/", true), 1);
    cr_assert_eq(begin("file:///etc/passwd", true), 1);
}

Test(gateway_call, limits_proxy_and_certificates_are_set)
{
    set("proxy", "http://proxy:3128");
    set("ca_path", "/ca.pem");
    cr_assert_eq(begin("https://x/", false), 0);
    cr_assert_eq(f.t.timeout_ms, 8000);
    cr_assert_eq(f.t.connect_timeout_ms, 5000);
    cr_assert_gt(f.t.max_answer, 1000);
    cr_assert_str_eq(f.t.proxy, "http://proxy:3128");
    cr_assert_str_eq(f.t.ca_file, "/ca.pem");
    f.g.timeout_ms = 300;
    cr_assert_eq(begin("https://x/", false), 0);
    cr_assert_eq(f.t.connect_timeout_ms, 300);
}

Test(gateway_call, the_host_of_a_url)
{
    cr_assert_str_eq(gateway_call_host(&f.a, "https://a.example.com/x?y"), "a.example.com");
    cr_assert_str_eq(gateway_call_host(&f.a, "http://127.0.0.1:8080"), "127.0.0.1:8080");
}

Test(gateway_call, slashes_at_the_end_of_an_endpoint_are_none_of_it)
{
    set("endpoint", "https://a.example.com//");
    cr_assert_str_eq(gateway_endpoint(&f.a, &f.g), "https://a.example.com");
}

Test(gateway_call, a_code_has_nothing_personal)
{
    char text[100];

    cr_assert_str_eq(gateway_code(&f.a, "isv.MOBILE_NUMBER_ILLEGAL"), "isv.MOBILE_NUMBER_ILLEGAL");
    cr_assert_str_eq(gateway_code(&f.a, "MK:0001"), "MK:0001");
    cr_assert_str_eq(gateway_code(&f.a, "no 13800138000 here"), "nohere");
    cr_assert_str_eq(gateway_code(&f.a, "to li@example.org"), "");
    cr_assert_str_eq(gateway_code(&f.a, "张三"), "");
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    cr_assert_eq(strlen(gateway_code(&f.a, text)), 64);
}

Test(gateway_call, only_a_uuid_is_an_id_of_ours)
{
    cr_assert_str_eq(gateway_own_id(&f.a, OUR_ID), OUR_ID);
    cr_assert_str_eq(gateway_own_id(&f.a, "13800138000"), "");
    cr_assert_str_eq(gateway_own_id(&f.a, ""), "");
}

Test(gateway_call, chinas_time_is_eight_hours_ahead)
{
    cr_assert_eq(gateway_china_us("2026-11-26 18:30:00"), INT64_C(1795689000000000));
    cr_assert_eq(gateway_china_us("2026-13-26 18:30:00"), 0);
    cr_assert_eq(gateway_china_us("yesterday"), 0);
    cr_assert_eq(gateway_china_us(""), 0);
}

Test(gateway_call, an_id_that_no_index_takes_is_none)
{
    char text[202];

    cr_assert_str_eq(gateway_request_id("900619746936498440^0"), "900619746936498440^0");
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    cr_assert_str_eq(gateway_request_id(text), "");
    text[sizeof text - 2] = '\0';
    cr_assert_str_eq(gateway_request_id(text), text);
    cr_assert_str_eq(gateway_request_id("\xff"), "", "PostgreSQL would refuse it, again and again");
    cr_assert_str_eq(gateway_request_id("a\nb"), "");
}
