/* From a queued message to what a gateway is given: the address opened, the words filled in. */
#include "services/notification/compose.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/contact/contact.h"
#include "common/contact/phone.h"

#define FACTS                                                                                                          \
    "{\"number\":\"YHHY-20261126-00042\",\"project\":\"云湖花园\",\"handler\":\"李工\","                         \
    "\"tenant\":\"示范\",\"sign\":\"示范地产\"}"
#define TEXT(s) ((char *)(uintptr_t)(s))

static struct {
    struct arena a;
    struct notice_tenant tenant;
    struct zone_change change;
    struct gateway gateway;
    struct notice_text text;
    const char *vars[8];
    struct notice_template template;
    struct queued q;
    struct notice_facts texts;
    struct composed out;
    int64_t now_us;
} f;

/* The owner's contact, as intake keeps it. */
static void be_contact(const char *name, const char *phone, const char *email)
{
    Redress__V1__Submission s = REDRESS__V1__SUBMISSION__INIT;
    Redress__V1__Complainant who = REDRESS__V1__COMPLAINANT__INIT;

    who.name = TEXT(name);
    who.phone = TEXT(phone);
    who.email = TEXT(email);
    s.complainant = &who;
    f.q.contact = contact_seal(&f.a, &f.tenant.seal_key, &f.q.message.complaint, &s, &f.q.contact_len);
}

static const void *seal(const char *context, const char *text, size_t *ret_len)
{
    return vault_seal(&f.a, &f.tenant.seal_key, context, text, strlen(text), ret_len);
}

static void be_channel(enum notice_channel channel, const char *kind)
{
    f.text.channel = f.q.message.channel = channel;
    f.gateway.kind = gateway_kind(kind);
}

static void set_up(void)
{
    static const char now[] = "2026-11-26T10:00:00+08:00";

    memset(&f, 0, sizeof f);
    arena_init(&f.a, 0);
    cr_assert(rfc3339_parse(now, strlen(now), &f.now_us));
    f.change = (struct zone_change){ INT64_MIN, INT64_C(8) * 3600 * 1000000 };
    f.text = (struct notice_text){ .locale = "zh-CN", .text = "x", .subject = "", .html = "" };
    f.template = (struct notice_template){ "t", &f.text, 1 };
    f.gateway = (struct gateway){ .name = "main" };
    f.tenant = (struct notice_tenant){ .id = "demo",
                                       .name = "示范",
                                       .problem = "",
                                       .zone = { "Asia/Shanghai", &f.change, 1 },
                                       .seal_key = { { 1 } },
                                       .hash_key = { { 2 } } };
    f.tenant.settings = (struct notice_settings){ .templates = &f.template,
                                                  .template_count = 1,
                                                  .locale = "zh-CN",
                                                  .sign = "示范地产",
                                                  .mail_from = "service@example.com",
                                                  .mail_from_name = "客服",
                                                  .mail_return_path = "",
                                                  .receipts_url = "https://redress.example.com" };
    f.q.message = (struct message){ .tenant = "demo",
                                    .number = "YHHY-20261126-00042",
                                    .event = "registered",
                                    .audience = NOTICE_TO_COMPLAINANT,
                                    .recipient = "",
                                    .template = "t",
                                    .locale = "zh-CN",
                                    .facts = FACTS };
    f.q.message.id.bytes[0] = 1;
    f.q.message.complaint.bytes[0] = 2;
    be_contact("张三", "138 0013 8000", "zhang.san@example.com");
    be_channel(NOTICE_SMS, "kannel");
}

static void tear_down(void)
{
    arena_done(&f.a);
}

TestSuite(compose, .init = set_up, .fini = tear_down);

/* Names that stand in the text. */
static void say(const char *text, const char *const *vars)
{
    f.text.text = text;
    f.text.vars = f.vars;
    for (f.text.var_count = 0; vars[f.text.var_count]; f.text.var_count++)
        f.vars[f.text.var_count] = vars[f.text.var_count];
}

#define VARS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static enum compose_outcome composed(void)
{
    return compose(&f.a, &f.tenant, &f.gateway, &f.q, &f.texts, f.now_us, &f.out);
}

static void must_compose(void)
{
    cr_assert_eq(composed(), COMPOSE_DONE, "%s", f.out.why ? f.out.why : "");
}

static const char *sent(void)
{
    must_compose();
    return f.out.out.text;
}

/* ---- the address ---- */

Test(compose, the_complainants_phone_is_opened_in_its_one_form)
{
    char key[VAULT_HASH_TEXT];

    must_compose();
    cr_assert_str_eq(f.out.out.to, "+8613800138000");
    phone_key(&f.tenant.hash_key, "+8613800138000", key);
    cr_assert_str_eq(f.out.address_key, key, "the key by which a bounced number is known again");
}

Test(compose, the_complainants_mail_address)
{
    char key[VAULT_HASH_TEXT];

    be_channel(NOTICE_EMAIL, "smtp");
    must_compose();
    cr_assert_str_eq(f.out.out.to, "zhang.san@example.com");
    vault_hash(&f.tenant.hash_key, f.out.out.to, strlen(f.out.out.to), key);
    cr_assert_str_eq(f.out.address_key, key);
}

Test(compose, the_complainants_open_id)
{
    Redress__V1__Submission s = REDRESS__V1__SUBMISSION__INIT;
    Redress__V1__Complainant who = REDRESS__V1__COMPLAINANT__INIT;

    be_channel(NOTICE_WECHAT, "wechat");
    cr_assert_eq(composed(), COMPOSE_NO_ADDRESS);
    who.wechat_open_id = TEXT("oABC-123_x");
    s.complainant = &who;
    f.q.contact = contact_seal(&f.a, &f.tenant.seal_key, &f.q.message.complaint, &s, &f.q.contact_len);
    must_compose();
    cr_assert_str_eq(f.out.out.to, "oABC-123_x");
}

Test(compose, the_staffs_addresses_are_sealed_for_them)
{
    f.q.message.audience = NOTICE_TO_HANDLER;
    f.q.message.recipient = "S0004";
    f.q.contact = NULL;
    f.q.phone = seal("staff:demo:S0004", "+8613900139000", &f.q.phone_len);
    f.q.email = seal("staff-email:demo:S0004", "li@example.com", &f.q.email_len);
    must_compose();
    cr_assert_str_eq(f.out.out.to, "+8613900139000");
    be_channel(NOTICE_EMAIL, "smtp");
    must_compose();
    cr_assert_str_eq(f.out.out.to, "li@example.com");
    f.q.message.recipient = "S0005"; /* somebody else's does not open */
    cr_assert_eq(composed(), COMPOSE_NO_ADDRESS);
}

Test(compose, what_was_erased_has_no_address)
{
    f.q.contact = NULL;
    cr_assert_eq(composed(), COMPOSE_NO_ADDRESS);
    cr_assert_str_eq(f.out.why, "no address");
    cr_assert_str_eq(f.out.address_key, "");
    be_channel(NOTICE_EMAIL, "smtp");
    cr_assert_eq(composed(), COMPOSE_NO_ADDRESS);
}

Test(compose, what_somebody_does_not_have_is_no_address)
{
    be_contact("张三", "", "zhang.san@example.com");
    cr_assert_eq(composed(), COMPOSE_NO_ADDRESS);
    be_contact("张三", "no number", "");
    cr_assert_eq(composed(), COMPOSE_NO_ADDRESS);
    be_channel(NOTICE_EMAIL, "smtp");
    cr_assert_eq(composed(), COMPOSE_NO_ADDRESS);
}

Test(compose, the_contact_of_another_complaint_does_not_open)
{
    f.q.message.complaint.bytes[15] = 1;
    cr_assert_eq(composed(), COMPOSE_NO_ADDRESS);
}

Test(compose, a_changed_byte_does_not_open)
{
    unsigned char *changed = arena_memdup(&f.a, f.q.contact, f.q.contact_len);

    changed[f.q.contact_len - 1] ^= 1;
    f.q.contact = changed;
    cr_assert_eq(composed(), COMPOSE_NO_ADDRESS);
}

Test(compose, a_group_has_no_address_and_needs_none)
{
    f.q.message.audience = NOTICE_TO_GROUP;
    f.q.contact = NULL;
    be_channel(NOTICE_GROUP, "wecom");
    must_compose();
    cr_assert_str_eq(f.out.out.to, "");
    cr_assert_str_eq(f.out.address_key, "");
}

Test(compose, a_test_message_goes_to_the_address_that_it_was_given)
{
    char id[UUID_TEXT_SIZE];

    uuid_format(&f.q.message.id, id);
    f.q.address = seal(arena_printf(&f.a, "test:%s", id), "+8613700137000", &f.q.address_len);
    must_compose();
    cr_assert_str_eq(f.out.out.to, "+8613700137000");
}

Test(compose, why_it_failed_names_nobody)
{
    say("{{colour}}", VARS("colour"));
    cr_assert_eq(composed(), COMPOSE_NO_WORDS);
    cr_assert_null(strstr(f.out.why, "张三"));
    cr_assert_null(strstr(f.out.why, "138"));
}

/* ---- the words ---- */

Test(compose, facts_stand_where_their_names_were)
{
    say("投诉单{{number}}（{{project}}）由{{handler}}处理。", VARS("number", "project", "handler"));
    cr_assert_str_eq(sent(), "投诉单YHHY-20261126-00042（云湖花园）由李工处理。");
    cr_assert_eq(f.out.out.var_count, 3);
    cr_assert_str_eq(f.out.out.vars[0].name, "number");
    cr_assert_str_eq(f.out.out.vars[0].value, "YHHY-20261126-00042");
    cr_assert_str_eq(f.out.out.vars[2].value, "李工");
}

Test(compose, the_time_is_that_of_sending)
{
    say("{{now}}", VARS("now"));
    cr_assert_str_eq(sent(), "11月26日 10:00");
    f.now_us += INT64_C(3600000000);
    cr_assert_str_eq(sent(), "11月26日 11:00");
    f.q.message.locale = "en";
    cr_assert_str_eq(sent(), "26 Nov 11:00");
}

Test(compose, the_language_is_the_messages_else_the_tenants)
{
    struct notice_text both[] = { f.text, f.text };

    both[0].text = "你好";
    both[1].text = "hello";
    both[1].locale = "en";
    f.template = (struct notice_template){ "t", both, 2 };
    cr_assert_str_eq(sent(), "你好");
    f.q.message.locale = "en";
    cr_assert_str_eq(sent(), "hello");
    f.q.message.locale = "fr";
    cr_assert_str_eq(sent(), "你好");
}

Test(compose, without_a_value_or_a_text_nothing_is_sent)
{
    say("{{colour}}", VARS("colour"));
    cr_assert_eq(composed(), COMPOSE_NO_WORDS);
    cr_assert_str_eq(f.out.why, "template t: there is no value for colour");
    f.q.message.template = "gone";
    cr_assert_eq(composed(), COMPOSE_NO_WORDS);
    cr_assert_str_eq(f.out.why, "template gone has no text for sms");
}

Test(compose, facts_that_cannot_be_read_send_nothing)
{
    f.q.message.facts = "[]";
    cr_assert_eq(composed(), COMPOSE_NO_WORDS);
}

/* ---- SMS ---- */

Test(compose, long_names_lose_their_end_in_an_sms)
{
    f.q.message.facts = "{\"project\":\"一二三四五六七八九十一二三四五六七八九十多\"}";
    say("{{project}}", VARS("project"));
    cr_assert_str_eq(sent(), "一二三四五六七八九十一二三四五六七八九…");
    cr_assert_str_eq(f.out.out.vars[0].value, f.out.out.text, "what the provider is given says the same");
    be_channel(NOTICE_EMAIL, "smtp");
    cr_assert_str_eq(sent(), "一二三四五六七八九十一二三四五六七八九十多");
}

Test(compose, values_of_an_sms_have_no_line_breaks_for_providers_either)
{
    f.q.message.facts = "{\"project\":\"云湖\\n花园\\u0007\"}";
    say("{{project}}", VARS("project"));
    cr_assert_str_eq(sent(), "云湖 花园");
    cr_assert_str_eq(f.out.out.vars[0].value, "云湖 花园");
}

/* ---- e-mail ---- */

Test(compose, a_mail_has_a_subject_and_both_bodies)
{
    be_channel(NOTICE_EMAIL, "smtp");
    say("{{name}}，您好：\n投诉单{{number}}", VARS("name", "number"));
    f.text.subject = "[{{project}}]-客户投诉-{{number}}";
    must_compose();
    cr_assert_str_eq(f.out.out.subject, "[云湖花园]-客户投诉-YHHY-20261126-00042");
    cr_assert_str_eq(f.out.out.text, "张三，您好：\n投诉单YHHY-20261126-00042");
    cr_assert(strstr(f.out.out.html, "<br>"), "%s", f.out.out.html);
    cr_assert_str_eq(f.out.out.thread, "YHHY-20261126-00042");
    cr_assert_str_eq(f.out.out.mail_from, "service@example.com");
    cr_assert_str_eq(f.out.out.mail_from_name, "客服");
}

Test(compose, bounces_come_back_to_the_sender_or_where_they_are_wanted)
{
    be_channel(NOTICE_EMAIL, "smtp");
    must_compose();
    cr_assert_str_eq(f.out.out.return_path, "service@example.com");
    f.tenant.settings.mail_return_path = "bounces@example.com";
    must_compose();
    cr_assert_str_eq(f.out.out.return_path, "bounces@example.com");
}

Test(compose, what_somebody_is_called_is_no_markup_and_no_header)
{
    be_channel(NOTICE_EMAIL, "smtp");
    be_contact("<b>张三</b>\r\nBcc: x@example.com", "", "zhang.san@example.com");
    say("{{name}}", VARS("name"));
    f.text.subject = "{{name}}";
    must_compose();
    cr_assert_null(strpbrk(f.out.out.subject, "\r\n"));
    cr_assert_null(strstr(f.out.out.html, "<b>"), "%s", f.out.out.html);
    cr_assert(strstr(f.out.out.html, "&lt;b&gt;"), "%s", f.out.out.html);
}

Test(compose, html_of_its_own_goes_before_that_made_from_the_text)
{
    be_channel(NOTICE_EMAIL, "smtp");
    f.text.html = "<h1>{{number}}</h1>";
    say("x", VARS("number"));
    must_compose();
    cr_assert_str_eq(f.out.out.html, "<h1>YHHY-20261126-00042</h1>");
}

Test(compose, a_mail_quotes_what_was_written)
{
    struct notice_fact result = { "text.result", "换了\n水管" };

    be_channel(NOTICE_EMAIL, "smtp");
    say("结果：{{text.result}}{{#text.why}}（{{text.why}}）{{/text.why}}", VARS("text.result", "text.why"));
    cr_assert(compose_wants_texts(&f.tenant, &f.q.message));
    f.texts = (struct notice_facts){ .items = &result, .count = 1, .cap = 1 };
    cr_assert_str_eq(sent(), "结果：换了\n水管");
}

Test(compose, only_a_mail_that_quotes_wants_texts)
{
    say("{{text.result}}", VARS("text.result"));
    cr_assert_not(compose_wants_texts(&f.tenant, &f.q.message), "an SMS never");
    be_channel(NOTICE_EMAIL, "smtp");
    say("{{number}}", VARS("number"));
    cr_assert_not(compose_wants_texts(&f.tenant, &f.q.message));
    f.q.message.template = "gone";
    cr_assert_not(compose_wants_texts(&f.tenant, &f.q.message));
}

Test(compose, only_a_mail_has_html)
{
    must_compose();
    cr_assert_str_eq(f.out.out.html, "");
    cr_assert_str_eq(f.out.out.subject, "");
}

/* ---- groups and systems ---- */

Test(compose, a_group_reads_more_than_one_line)
{
    f.q.message.audience = NOTICE_TO_GROUP;
    be_channel(NOTICE_GROUP, "wecom");
    f.q.message.facts = "{\"project\":\"一\\n二\"}";
    say("{{project}}", VARS("project"));
    cr_assert_str_eq(sent(), "一\n二");
}

Test(compose, a_webhook_needs_no_words_and_has_no_personal_data)
{
    f.q.message.audience = NOTICE_TO_GROUP;
    f.q.message.channel = NOTICE_WEBHOOK;
    f.q.message.template = "no such template";
    f.gateway.kind = gateway_kind("webhook");
    must_compose();
    cr_assert_str_eq(f.out.out.data, FACTS);
    cr_assert_str_eq(f.out.out.event, "registered");
    cr_assert_str_eq(f.out.out.text, "");
    cr_assert_null(strstr(f.out.out.data, "张三"));
}

/* ---- receipts ---- */

Test(compose, receipts_are_wanted_where_only_the_gateway_knows)
{
    char secret[VAULT_HASH_TEXT];

    must_compose();
    compose_receipt_secret(&f.tenant, "main", secret);
    cr_assert_str_eq(f.out.out.receipt_url,
                     arena_printf(&f.a, "https://redress.example.com/receipts/demo/main/%s/%s", secret, f.out.out.id));
}

Test(compose, no_receipts_where_there_are_none_or_nobody_reaches_us)
{
    be_channel(NOTICE_EMAIL, "smtp"); /* sends none */
    must_compose();
    cr_assert_str_eq(f.out.out.receipt_url, "");
    be_channel(NOTICE_SMS, "kannel");
    f.tenant.settings.receipts_url = "";
    must_compose();
    cr_assert_str_eq(f.out.out.receipt_url, "");
}

Test(compose, the_secret_is_the_tenants_for_this_gateway)
{
    struct notice_tenant other = f.tenant;
    char one[VAULT_HASH_TEXT], again[VAULT_HASH_TEXT], second[VAULT_HASH_TEXT], elsewhere[VAULT_HASH_TEXT];

    other.hash_key.bytes[0] = 3;
    compose_receipt_secret(&f.tenant, "main", one);
    compose_receipt_secret(&f.tenant, "main", again);
    compose_receipt_secret(&f.tenant, "other", second);
    compose_receipt_secret(&other, "main", elsewhere);
    cr_assert_str_eq(one, again);
    cr_assert_str_neq(one, second);
    cr_assert_str_neq(one, elsewhere);
}

Test(compose, each_call_has_a_nonce_of_its_own)
{
    const char *first;

    must_compose();
    first = f.out.out.nonce;
    cr_assert_eq(strlen(first), 32);
    cr_assert_eq(strspn(first, "0123456789abcdef"), 32);
    must_compose();
    cr_assert_str_neq(f.out.out.nonce, first);
}
