/* Against a small SMTP server of the test's own, a thread per connection. */
#include "common/http/client.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "tests/support/listener.h"

static struct {
    struct listener listener;
    char url[128];
    /* at the line that begins so, this is said instead; NULL: the connection is closed */
    const char *at, *say;
    bool mute; /* no word to QUIT */
    char *_Atomic mail;
} f;

static const struct {
    const char *line, *say;
} smtp_usual[] = {
    { "EHLO", "250-here\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n" },
    { "MAIL", "250 2.1.0 ok\r\n" },
    { "RCPT", "250 2.1.5 ok\r\n" },
    { "DATA", "354 go on\r\n" },
    { "AUTH", "235 2.7.0 ok\r\n" },
    { "QUIT", "221 bye\r\n" },
};

static bool smtp_say(int fd, const char *line)
{
    if (f.at && strncmp(line, f.at, strlen(f.at)) == 0) {
        if (f.say)
            listener_say(fd, f.say);
        return f.say;
    }
    if (f.mute && strncmp(line, "QUIT", 4) == 0)
        return true;
    for (size_t i = 0; i < sizeof smtp_usual / sizeof *smtp_usual; i++)
        if (strncmp(line, smtp_usual[i].line, 4) == 0)
            listener_say(fd, smtp_usual[i].say);
    return true;
}

static void *smtp_connection(void *arg)
{
    FILE *in = fdopen((int)(intptr_t)arg, "r");
    int fd = fileno(in);
    char line[1024], mail[4096] = "";
    bool data = false;

    if (f.at && strcmp(f.at, "greeting") == 0) {
        if (f.say)
            listener_say(fd, f.say);
    } else
        listener_say(fd, "220 here\r\n");
    while (fgets(line, sizeof line, in)) {
        if (!data) {
            if (!smtp_say(fd, line))
                break;
            data = strncmp(line, "DATA", 4) == 0 && !(f.at && strcmp(f.at, "DATA") == 0);
        } else if (strcmp(line, ".\r\n") != 0)
            strncat(mail, line, sizeof mail - strlen(mail) - 1);
        else {
            f.mail = strdup(mail);
            data = false;
            if (!smtp_say(fd, f.at && strcmp(f.at, ".") == 0 ? "." : "MAIL"))
                break;
        }
    }
    fclose(in);
    return NULL;
}

static void start(void)
{
    listener_start(&f.listener, smtp_connection);
}

static void stop(void)
{
    listener_stop(&f.listener);
    free(f.mail);
}

TestSuite(client_mail, .init = start, .fini = stop, .timeout = 20);

static void mail(struct transfer *t)
{
    snprintf(f.url, sizeof f.url, "smtp://127.0.0.1:%d", f.listener.port);
    *t = (struct transfer){ .url = f.url,
                            .mail_from = "a@example.com",
                            .mail_to = "b@example.com",
                            .body = "Subject: x\r\n\r\n.dot\r\n",
                            .body_len = 20,
                            .connect_timeout_ms = 1000,
                            .timeout_ms = 1000,
                            .max_answer = 4096 };
    http_call(t);
}

Test(client_mail, a_mail_is_taken)
{
    struct transfer t;

    mail(&t);
    cr_assert_eq(t.end, TRANSFER_ANSWERED, "%s", t.error);
    cr_assert_eq(t.status, 250);
    cr_assert_str_eq(f.mail, "Subject: x\r\n\r\n..dot\r\n");
    transfer_done(&t);
}

Test(client_mail, a_refusal_is_an_answer_wherever_it_comes)
{
    static const struct {
        const char *at, *say;
        long status;
    } all[] = {
        { "greeting", "421 4.3.2 closing\r\n", 421 },
        { "MAIL", "451 4.7.1 later\r\n", 451 },
        { "RCPT", "550 5.1.1 nobody\r\n", 550 },
        { "DATA", "554 5.7.1 no\r\n", 554 },
        { ".", "552-5.3.4 too\r\n552 5.3.4 large\r\n", 552 },
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct transfer t;

        f.at = all[i].at;
        f.say = all[i].say;
        mail(&t);
        cr_assert_eq(t.end, TRANSFER_ANSWERED, "%s", f.at);
        cr_assert_eq(t.status, all[i].status, "%s: %ld", f.at, t.status);
        cr_assert(strstr(all[i].say, t.answer) && t.answer_len > 4, "%s", t.answer);
        transfer_done(&t);
    }
}

Test(client_mail, a_server_that_does_not_say_good_bye_holds_nobody_up_for_long)
{
    struct transfer t;
    int64_t begun = clock_mono_us();

    f.at = "RCPT";
    f.say = "550 5.1.1 nobody\r\n";
    f.mute = true;
    mail(&t);
    cr_assert_eq(t.status, 550);
    cr_assert_lt(clock_mono_us() - begun, 2500000);
    transfer_done(&t);
}

Test(client_mail, a_connection_lost_before_the_data_was_not_sent)
{
    static const char *const at[] = { "greeting", "EHLO", "MAIL", "RCPT", "DATA" };

    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        struct transfer t;

        f.at = at[i];
        mail(&t);
        cr_assert_eq(t.end, TRANSFER_NOT_SENT, "%s", f.at);
        transfer_done(&t);
    }
}

Test(client_mail, a_connection_lost_after_the_data_leaves_it_unknown)
{
    struct transfer t;

    f.at = ".";
    mail(&t);
    cr_assert_eq(t.end, TRANSFER_UNKNOWN);
    cr_assert_not_null(f.mail);
    transfer_done(&t);
}

Test(client_mail, without_starttls_nothing_is_sent_where_it_is_required)
{
    struct transfer t;

    mail(&t);
    transfer_done(&t);
    free(f.mail);
    f.mail = NULL;
    t.require_tls = true;
    t.user = "u";
    t.password = "p";
    http_call(&t);
    cr_assert_eq(t.end, TRANSFER_NOT_SENT);
    cr_assert_null(f.mail);
    transfer_done(&t);
}

Test(client_mail, a_refused_password_is_an_answer)
{
    struct transfer t;

    f.at = "AUTH";
    f.say = "535 5.7.8 no\r\n";
    mail(&t);
    transfer_done(&t);
    t.user = "u";
    t.password = "p";
    http_call(&t);
    cr_assert_eq(t.end, TRANSFER_ANSWERED);
    cr_assert_eq(t.status, 535);
    transfer_done(&t);
}
