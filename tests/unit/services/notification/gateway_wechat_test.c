#include "services/notification/gateway_wechat.h"

#include "gateway_fixture.h"
#include "services/notification/signature.h"

static void start(void)
{
    fixture_open("wechat");
    set("app_id", "wx1");
    set("app_secret", "s\n");
    f.o.channel = NOTICE_WECHAT;
    f.o.to = "oOpenId";
    f.o.token = "T/1";
}

TestSuite(gateway_wechat, .init = start, .fini = fixture_close);

Test(gateway_wechat, a_template_message_with_our_id_against_doubles)
{
    built();
    cr_assert_str_eq(f.t.url, "https://api.weixin.qq.com/cgi-bin/message/template/send?access_token=T%2F1");
    cr_assert_str_eq(f.t.body, "{\"touser\":\"oOpenId\",\"template_id\":\"SMS_1\",\"client_msg_id\":\"" OUR_ID "\","
                               "\"data\":{\"number\":{\"value\":\"2026-001\"},\"day\":{\"value\":\"12月1日\"}}}");
    set("url", "https://example.com/c");
    built();
    cr_assert(body_has(",\"url\":\"https://example.com/c\","));
}

Test(gateway_wechat, without_a_token_nothing_goes)
{
    f.o.token = "";
    cr_assert_eq(build(), 1);
    f.o.token = NULL;
    cr_assert_eq(build(), 1);
    cr_assert_not_null(f.why);
}

Test(gateway_wechat, what_answers_mean)
{
    cr_assert_eq(class_of(200, "{\"errcode\":0,\"errmsg\":\"ok\",\"msgid\":200228332}"), ANSWER_ACCEPTED);
    cr_assert_str_eq(f.answer.request_id, "200228332");
    cr_assert_eq(class_of(200, "{\"errcode\":43004}"), ANSWER_ADDRESS);
    cr_assert_eq(class_of(200, "{\"errcode\":40037}"), ANSWER_TEMPLATE);
    cr_assert_eq(class_of(200, "{\"errcode\":45009}"), ANSWER_THROTTLED);
    cr_assert_eq(class_of(200, "{\"errcode\":40164}"), ANSWER_REFUSED);
    cr_assert_eq(class_of(200, "{\"errcode\":-1}"), ANSWER_RETRY);
    cr_assert_not(wechat_token_is_stale(&f.answer));
}

Test(gateway_wechat, a_stale_token_is_told)
{
    static const char *const codes[] = { "40001", "40014", "42001" };

    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        cr_assert_eq(class_of(200, arena_printf(&f.a, "{\"errcode\":%s}", codes[i])), ANSWER_RETRY);
        cr_assert_str_eq(f.answer.code, codes[i]);
        cr_assert(wechat_token_is_stale(&f.answer));
    }
}

Test(gateway_wechat, the_token_is_asked_for_and_read)
{
    const char *token, *code;
    int expires_s;

    f.t = (struct transfer){ 0 };
    cr_assert_eq(wechat_build_token(&f.g, &f.a, &f.t), 0);
    cr_assert_str_eq(f.t.url, "https://api.weixin.qq.com/cgi-bin/stable_token");
    cr_assert_str_eq(f.t.body, "{\"grant_type\":\"client_credential\",\"appid\":\"wx1\",\"secret\":\"s\"}");
    answered(200, "{\"access_token\":\"T2\",\"expires_in\":7200}");
    cr_assert_eq(wechat_read_token(&f.t, &f.a, &token, &expires_s, &code), 0);
    cr_assert_str_eq(token, "T2");
    cr_assert_eq(expires_s, 7200);
    answered(200, "{\"errcode\":40164,\"errmsg\":\"x\"}");
    cr_assert_eq(wechat_read_token(&f.t, &f.a, &token, &expires_s, &code), 1);
    cr_assert_str_eq(code, "40164");
    f.t.end = TRANSFER_UNKNOWN;
    cr_assert_eq(wechat_read_token(&f.t, &f.a, &token, &expires_s, &code), 1);
}

#define EVENT(event, status)                                                                                           \
    "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[oOpenId]]></FromUserName>"                   \
    "<CreateTime>1764153000</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[" event                    \
    "]]></Event><MsgID>200163836</MsgID><Status><![CDATA[" status "]]></Status></xml>"

static const char *signed_query(const char *more)
{
    return arena_printf(&f.a, "signature=%s&timestamp=1764153000&nonce=77%s",
                        signature_wechat(&f.a, "server", "1764153000", "77"), more);
}

Test(gateway_wechat, an_event_says_what_became_of_it)
{
    set("server_token", "server");
    cr_assert_eq(receive((struct receipt_request){ .query = signed_query(""),
                                                   .body = EVENT("TEMPLATESENDJOBFINISH", "success") }),
                 0);
    cr_assert_eq(f.receipt_count, 1);
    cr_assert_str_eq(f.receipts[0].request_id, "200163836");
    cr_assert_eq(f.receipts[0].status, RECEIPT_DELIVERED);
    cr_assert_eq(f.receipts[0].at_us, INT64_C(1764153000000000));
    cr_assert_str_eq(f.reply, "success");
    cr_assert_eq(receive((struct receipt_request){ .query = signed_query(""),
                                                   .body = EVENT("TEMPLATESENDJOBFINISH", "failed:user block") }),
                 0);
    cr_assert_eq(f.receipts[0].status, RECEIPT_FAILED);
    cr_assert(f.receipts[0].bad_address);
    cr_assert_str_eq(f.receipts[0].code, "failed:userblock");
}

Test(gateway_wechat, other_events_are_heard_and_left_and_an_echo_is_given)
{
    set("server_token", "server");
    cr_assert_eq(receive((struct receipt_request){ .query = signed_query(""), .body = EVENT("subscribe", "") }), 0);
    cr_assert_eq(f.receipt_count, 0);
    cr_assert_eq(receive((struct receipt_request){ .query = signed_query("&echostr=123") }), 0);
    cr_assert_eq(f.receipt_count, 0);
    cr_assert_str_eq(f.reply, "123");
    cr_assert_eq(receive((struct receipt_request){ .query = signed_query(""), .body = "<xml><Event>" }), 0);
    cr_assert_eq(f.receipt_count, 0);
}

Test(gateway_wechat, an_event_that_is_not_signed_is_refused)
{
    const char *query = signed_query("");

    cr_assert_eq(receive((struct receipt_request){ .query = query }), 1, "no token is set");
    set("server_token", "other");
    cr_assert_eq(receive((struct receipt_request){ .query = query }), 1);
    cr_assert_eq(receive((struct receipt_request){ 0 }), 1);
}

Test(gateway_wechat, what_its_manual_says_of_codes)
{
    static const struct meant all[] = {
        { "45011", ANSWER_THROTTLED }, { "40003", ANSWER_ADDRESS },  { "43019", ANSWER_ADDRESS },
        { "43101", ANSWER_ADDRESS },   { "48002", ANSWER_ADDRESS },  { "50005", ANSWER_ADDRESS },
        { "43116", ANSWER_TEMPLATE },  { "47003", ANSWER_TEMPLATE }, { "48001", ANSWER_REFUSED },
        { "48004", ANSWER_REFUSED },   { "48008", ANSWER_REFUSED },  { "50001", ANSWER_REFUSED },
        { "50002", ANSWER_REFUSED },   { "40125", ANSWER_REFUSED },  { "40008", ANSWER_PERMANENT },
    };

    assert_meant("{\"errcode\":", "}", all, sizeof all / sizeof *all);
}
