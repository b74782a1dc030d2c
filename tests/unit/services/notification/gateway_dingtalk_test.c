#include "gateway_fixture.h"

static void start(void)
{
    fixture_open("dingtalk");
    set("access_token", "tok");
    f.o.channel = NOTICE_GROUP;
    f.o.to = "";
    f.o.text = "新投诉";
}

TestSuite(gateway_dingtalk, .init = start, .fini = fixture_close);

Test(gateway_dingtalk, a_robot_with_a_secret_is_signed)
{
    set("secret", "this is secret");
    f.o.now_us = INT64_C(1700000000000000);
    built();
    cr_assert_str_eq(f.t.url, "https://oapi.dingtalk.com/robot/send?access_token=tok&timestamp=1700000000000&"
                              "sign=sSFWELbV2YwjdDQhWZwTcWlX5BWUx5J6TPpsZmuPii0%3D");
    cr_assert_str_eq(f.t.body, "{\"msgtype\":\"text\",\"text\":{\"content\":\"新投诉\"}}");
}

Test(gateway_dingtalk, without_a_secret_there_is_no_signature)
{
    built();
    cr_assert_str_eq(f.t.url, "https://oapi.dingtalk.com/robot/send?access_token=tok");
}

Test(gateway_dingtalk, markdown_has_a_title)
{
    set("format", "markdown");
    built();
    cr_assert_str_eq(f.t.body, "{\"msgtype\":\"markdown\",\"markdown\":{\"title\":\"云河\",\"text\":\"新投诉\"}}");
}

Test(gateway_dingtalk, what_answers_mean)
{
    cr_assert_eq(class_of(200, "{\"errcode\":0,\"errmsg\":\"ok\"}"), ANSWER_ACCEPTED);
    cr_assert_eq(class_of(200, "{\"errcode\":130101,\"errmsg\":\"send too fast\"}"), ANSWER_THROTTLED);
    cr_assert_eq(class_of(200, "{\"errcode\":310000,\"errmsg\":\"sign not match\"}"), ANSWER_REFUSED);
    cr_assert_eq(class_of(200, "{\"errcode\":400105}"), ANSWER_PERMANENT);
    cr_assert_eq(class_of(200, ""), ANSWER_UNKNOWN);
}

Test(gateway_dingtalk, what_its_manual_says_of_codes)
{
    static const struct meant all[] = {
        { "410100", ANSWER_THROTTLED }, { "660026", ANSWER_THROTTLED }, { "90002", ANSWER_THROTTLED },
        { "300001", ANSWER_REFUSED },   { "300005", ANSWER_REFUSED },   { "400013", ANSWER_REFUSED },
        { "400101", ANSWER_REFUSED },   { "400102", ANSWER_REFUSED },   { "400106", ANSWER_REFUSED },
        { "40035", ANSWER_REFUSED },    { "88", ANSWER_REFUSED },       { "-1", ANSWER_UNKNOWN },
        { "430102", ANSWER_PERMANENT }, { "43004", ANSWER_PERMANENT },
    };

    assert_meant("{\"errcode\":", "}", all, sizeof all / sizeof *all);
}
