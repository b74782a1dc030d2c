#include "gateway_fixture.h"

static void start(void)
{
    fixture_open("smtp");
    set("endpoint", "smtp://mail.example.com:587");
    f.o.to = "li@example.org";
    f.o.subject = "【投诉】已登记";
    f.o.thread = "2026-001";
}

TestSuite(gateway_smtp, .init = start, .fini = fixture_close);

Test(gateway_smtp, a_mail_goes_with_starttls_or_not_at_all)
{
    built();
    cr_assert_str_eq(f.t.url, "smtp://mail.example.com:587");
    cr_assert(f.t.require_tls);
    cr_assert_str_eq(f.t.mail_from, "service@example.com");
    cr_assert_str_eq(f.t.mail_to, "li@example.org");
    cr_assert(body_has("\r\nMessage-ID: <" OUR_ID "@example.com>\r\n"));
    cr_assert(body_has("\r\nReferences: <2026-001@example.com>\r\n"));
    cr_assert_eq(f.t.body_len, strlen(f.t.body));
    cr_assert_null(f.t.user);
}

Test(gateway_smtp, settings_of_the_server)
{
    set("user", "u");
    set("password", "p\n");
    set("helo", "redress.example.com");
    set("envelope_from", "bounces@example.com");
    set("ca_path", "/etc/ca.pem");
    set("reply_to", "care@example.com");
    built();
    cr_assert_str_eq(f.t.url, "smtp://mail.example.com:587/redress.example.com");
    cr_assert_str_eq(f.t.user, "u");
    cr_assert_str_eq(f.t.password, "p");
    cr_assert_str_eq(f.t.mail_from, "bounces@example.com");
    cr_assert_str_eq(f.t.ca_file, "/etc/ca.pem");
    cr_assert(body_has("\r\nReply-To: <care@example.com>\r\n"));
    cr_assert(body_has("<service@example.com>\r\n"));
}

Test(gateway_smtp, bounces_go_to_the_return_path_of_the_tenant_unless_the_gateway_has_its_own)
{
    f.o.return_path = "back@example.com";
    built();
    cr_assert_str_eq(f.t.mail_from, "back@example.com");
    cr_assert(body_has("<service@example.com>\r\n"));
    set("envelope_from", "bounces@example.com");
    built();
    cr_assert_str_eq(f.t.mail_from, "bounces@example.com");
}

Test(gateway_smtp, a_password_does_not_leave_the_machine_in_the_clear)
{
    set("require_tls", "false");
    built();
    cr_assert_not(f.t.require_tls);
    set("user", "u");
    cr_assert_eq(build(), 1);
    set("endpoint", "smtp://localhost.example.com:25");
    cr_assert_eq(build(), 1);
    set("endpoint", "smtp://localhost:25");
    built();
    set("endpoint", "smtps://mail.example.com");
    built();
}

Test(gateway_smtp, what_is_no_address_or_server_stops_it)
{
    f.o.to = "li@example.org\r\nRCPT TO:<x@y.cn>";
    cr_assert_eq(build(), 1);
    f.o.to = "li@example.org";
    f.o.mail_from = "";
    cr_assert_eq(build(), 1);
    f.o.mail_from = "a@b.cn";
    set("envelope_from", "bounces");
    cr_assert_eq(build(), 1);
    set("envelope_from", "");
    set("endpoint", "http://mail.example.com");
    cr_assert_eq(build(), 1);
}

Test(gateway_smtp, what_answers_mean)
{
    static const struct {
        long status;
        const char *text, *code;
        enum answer_class class;
    } all[] = {
        { 250, "250 2.0.0 Ok: queued as 4F1A22\r\n", "smtp 250 2.0.0", ANSWER_ACCEPTED },
        { 421, "421 try later\r\n", "smtp 421", ANSWER_RETRY },
        { 450, "450 4.7.1 greylisted\r\n", "smtp 450 4.7.1", ANSWER_THROTTLED },
        { 452, "452 4.2.2 mailbox full\r\n", "smtp 452 4.2.2", ANSWER_RETRY },
        { 535, "535 5.7.8 bad password\r\n", "smtp 535 5.7.8", ANSWER_REFUSED },
        { 550, "550 5.1.1 <li@example.org> unknown\r\n", "smtp 550 5.1.1", ANSWER_ADDRESS },
        { 550, "550 no such user\r\n", "smtp 550", ANSWER_ADDRESS },
        { 550, "550 5.7.1 looks like spam\r\n", "smtp 550 5.7.1", ANSWER_PERMANENT },
        { 552, "552 5.3.4 too large\r\n", "smtp 552 5.3.4", ANSWER_PERMANENT },
        { 554, "554 1.2.3.4 is listed\r\n", "smtp 554", ANSWER_PERMANENT },
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        cr_assert_eq(class_of(all[i].status, all[i].text), all[i].class, "%s", all[i].text);
        cr_assert_str_eq(f.answer.code, all[i].code);
    }
    answered(250, all[0].text);
    cr_assert_str_eq(f.answer.request_id, "4F1A22");
}

Test(gateway_smtp, what_is_refused_with_its_words_before_them_need_not_be_the_address)
{
    f.t.body_at = 100;
    cr_assert_eq(class_of(550, "550 rejected\r\n"), ANSWER_PERMANENT);
    cr_assert_eq(class_of(550, "550 5.1.1 unknown\r\n"), ANSWER_ADDRESS);
}
