/* Against a small IMAP server of the test's own, a thread per connection, that falls silent where it is told to. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/http/client.h"
#include "tests/support/listener.h"

#define MANY 15000
#define MAIL "Subject: x\r\n\r\nA001 OK * SEARCH +\r\n"

static struct {
    struct listener listener;
    char url[128];
    const char *silent_at; /* the command that is not answered; "greeting", "half" of a mail, "end" of one */
    char commands[2048];   /* without their tags, each with a line break */
} f;

static bool silent(const char *at)
{
    return f.silent_at && strcmp(f.silent_at, at) == 0;
}

static bool send_mail(int fd)
{
    char head[64];

    snprintf(head, sizeof head, "* 1 FETCH (UID 7 BODY[]<0> {%zu}\r\n", strlen(MAIL));
    listener_say(fd, head);
    if (silent("half")) {
        listener_say(fd, "Subject:");
        return false;
    }
    listener_say(fd, MAIL);
    if (silent("end"))
        return false;
    listener_say(fd, ")\r\n");
    return true;
}

static const struct {
    const char *command, *untagged;
} answers[] = {
    { "CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR\r\n" },
    { "SELECT", "* 2 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n" },
    { "UID SEARCH", "* SEARCH 7 9\r\n" },
};

static void send_many(int fd)
{
    static char list[16 * MANY];
    size_t len = (size_t)snprintf(list, sizeof list, "* SEARCH");

    for (int i = 1; i <= MANY; i++)
        len += (size_t)snprintf(list + len, sizeof list - len, " %d", 1000000 + i);
    snprintf(list + len, sizeof list - len, "\r\n");
    listener_say(fd, list);
}

static bool answer(int fd, const char *tag, const char *command)
{
    char done[64];

    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (strncmp(command, answers[i].command, strlen(answers[i].command)) != 0)
            continue;
        if (silent(answers[i].command))
            return false;
        listener_say(fd, answers[i].untagged);
    }
    if (strncmp(command, "UID SEARCH SEEN", 15) == 0)
        send_many(fd);
    if (strncmp(command, "UID FETCH", 9) == 0 && !send_mail(fd))
        return false;
    if (strncmp(command, "LOGOUT", 6) == 0 && silent("LOGOUT"))
        return false;
    snprintf(done, sizeof done, "%.20s %s done\r\n", tag, strncmp(command, "UID STORE 8", 11) == 0 ? "NO" : "OK");
    listener_say(fd, done);
    return true;
}

static void *connection(void *arg)
{
    FILE *in = fdopen((int)(intptr_t)arg, "r");
    char line[1024];
    bool speaks = !silent("greeting");

    if (speaks)
        listener_say(fileno(in), "* OK here\r\n");
    while (fgets(line, sizeof line, in)) {
        char *command = strchr(line, ' ');

        if (!command || !speaks)
            continue;
        *command++ = '\0';
        strncat(f.commands, command, sizeof f.commands - strlen(f.commands) - 1);
        speaks = answer(fileno(in), line, command);
    }
    fclose(in);
    return NULL;
}

static void start(void)
{
    listener_start(&f.listener, connection);
}

static void stop(void)
{
    listener_stop(&f.listener);
}

TestSuite(client_imap, .init = start, .fini = stop, .timeout = 60);

/* Never waiting: how long the longest step took, in ms. */
static int64_t call(struct http_client *c, struct transfer *t, const char *path, const char *request)
{
    int64_t longest_us = 0;

    snprintf(f.url, sizeof f.url, "imap://127.0.0.1:%d/%s", f.listener.port, path);
    *t = (struct transfer){ .url = f.url,
                            .request = request,
                            .user = "u",
                            .password = "p",
                            .connect_timeout_ms = 3000,
                            .timeout_ms = 5000,
                            .max_answer = 16 * MANY };
    http_client_start(c, t);
    for (;;) {
        int64_t begun_us = clock_mono_us(), took_us;

        http_client_wait(c, 0);
        took_us = clock_mono_us() - begun_us;
        longest_us = took_us > longest_us ? took_us : longest_us;
        if (http_client_take(c))
            return longest_us / 1000;
        clock_sleep_us(1000);
    }
}

Test(client_imap, commands_and_mails_over_one_connection)
{
    struct http_client *c = http_client_new(2);
    struct transfer t;

    call(c, &t, "", "ID (\"name\" \"us\")");
    cr_assert_eq(t.end, TRANSFER_ANSWERED, "%s", t.error);
    transfer_done(&t);
    call(c, &t, "INBOX", "UID SEARCH UNSEEN");
    cr_assert_eq(t.end, TRANSFER_ANSWERED, "%s", t.error);
    cr_assert(strstr(t.answer, "* SEARCH 7 9"), "%s", t.answer);
    transfer_done(&t);
    call(c, &t, "INBOX", "UID STORE 7 +FLAGS.SILENT (\\Flagged)");
    cr_assert_eq(t.end, TRANSFER_ANSWERED, "%s", t.error);
    transfer_done(&t);
    call(c, &t, "INBOX/;UID=7/;PARTIAL=0.1000", NULL);
    cr_assert_eq(t.end, TRANSFER_ANSWERED, "%s", t.error);
    cr_assert_str_eq(t.answer, MAIL);
    transfer_done(&t);
    call(c, &t, "INBOX", "UID STORE 8 FLAGS.SILENT (\\Seen)");
    cr_assert_neq(t.end, TRANSFER_ANSWERED, "it was refused");
    transfer_done(&t);
    http_client_free(c);
    cr_assert(
        strstr(f.commands,
               "ID (\"name\" \"us\")\r\nSELECT INBOX\r\nUID SEARCH UNSEEN\r\nUID STORE 7 +FLAGS.SILENT (\\Flagged)\r\n"
               "UID FETCH 7 BODY[]<0.1000>\r\nUID STORE 8 FLAGS.SILENT (\\Seen)\r\n"),
        "%s", f.commands);
}

Test(client_imap, a_long_list_comes_whole)
{
    struct http_client *c = http_client_new(2);
    struct transfer t;
    int last = 0, count = 0;

    call(c, &t, "INBOX", "UID SEARCH SEEN");
    cr_assert_eq(t.end, TRANSFER_ANSWERED, "%s", t.error);
    for (const char *p = strstr(t.answer, "* SEARCH 1000001"); p && (p = strchr(p + 8, ' ')); count++)
        last = (int)strtol(p, NULL, 10);
    cr_assert_eq(count, MANY);
    cr_assert_eq(last, 1000000 + MANY);
    transfer_done(&t);
    http_client_free(c);
}

Test(client_imap, a_server_that_falls_silent_holds_nobody_up)
{
    static const char *const places[] = { "greeting", "CAPABILITY", "SELECT", "UID SEARCH", "half", "end", "LOGOUT" };

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct http_client *c = http_client_new(2);
        struct transfer t;
        int64_t longest_ms, begun_us;

        f.silent_at = places[i];
        longest_ms = call(c, &t, strcmp(places[i], "UID SEARCH") == 0 ? "INBOX" : "INBOX/;UID=7/;PARTIAL=0.1000",
                          strcmp(places[i], "UID SEARCH") == 0 ? "UID SEARCH UNSEEN" : NULL);
        transfer_done(&t);
        begun_us = clock_mono_us();
        http_client_free(c);
        cr_expect_lt(clock_mono_us() - begun_us, 2500000, "%s", places[i]);
        cr_expect_lt(longest_ms, 2500, "%s: %ld ms", places[i], (long)longest_ms);
    }
}
