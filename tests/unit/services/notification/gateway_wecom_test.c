#include "gateway_fixture.h"

#include "common/base/str.h"

static void start(void)
{
    fixture_open("wecom");
    set("key", "k&1\n");
    f.o.channel = NOTICE_GROUP;
    f.o.to = "";
    f.o.text = "新投诉 \"2026-001\"\n请处理";
}

TestSuite(gateway_wecom, .init = start, .fini = fixture_close);

Test(gateway_wecom, a_text_for_the_robot)
{
    built();
    cr_assert_str_eq(f.t.url, "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k%261");
    cr_assert_str_eq(f.t.body, "{\"msgtype\":\"text\",\"text\":{\"content\":\"新投诉 \\\"2026-001\\\"\\n请处理\"}}");
    set("format", "markdown");
    built();
    cr_assert(body_has("{\"msgtype\":\"markdown\",\"markdown\":{\"content\":"));
}

/* 2048 bytes are allowed. */
Test(gateway_wecom, a_long_text_is_cut_between_characters)
{
    char text[3001];
    const char *content, *end;

    for (size_t i = 0; i < 3000; i += 3)
        memcpy(text + i, "字", 3);
    text[3000] = '\0';
    f.o.text = text;
    built();
    content = strstr(f.t.body, "\"content\":\"") + 11;
    end = strstr(content, "\"}}");
    cr_assert_leq(end - content, 2048);
    cr_assert_gt(end - content, 2040);
    cr_assert_eq(memcmp(end - 3, "…", 3), 0);
    cr_assert(utf8_valid(content, (size_t)(end - content)));
}

Test(gateway_wecom, what_answers_mean)
{
    cr_assert_eq(class_of(200, "{\"errcode\":0,\"errmsg\":\"ok\"}"), ANSWER_ACCEPTED);
    cr_assert_eq(class_of(200, "{\"errcode\":45009}"), ANSWER_THROTTLED);
    cr_assert_eq(class_of(200, "{\"errcode\":93000}"), ANSWER_REFUSED);
    cr_assert_eq(class_of(200, "{\"errcode\":40008}"), ANSWER_PERMANENT);
    cr_assert_eq(class_of(200, "{\"errcode\":-1}"), ANSWER_UNKNOWN);
    cr_assert_str_eq(f.answer.code, "-1");
    cr_assert_eq(class_of(200, "{}"), ANSWER_UNKNOWN);
}

Test(gateway_wecom, what_its_manual_says_of_codes)
{
    static const struct meant all[] = {
        { "45033", ANSWER_THROTTLED }, { "93004", ANSWER_REFUSED },   { "93008", ANSWER_REFUSED },
        { "60020", ANSWER_REFUSED },   { "44004", ANSWER_PERMANENT },
    };

    assert_meant("{\"errcode\":", "}", all, sizeof all / sizeof *all);
}
