/* Mails that came back: what real servers write, and what nobody should. */
#include "services/notification/bounce.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/str.h"

#define OUR_ID "0198c0de-1111-7abc-8def-0123456789ab"

static struct arena arena;
static struct receipt receipt;

static void set_up(void)
{
    arena_init(&arena, 0);
    receipt = (struct receipt){ 0 };
}

static void tear_down(void)
{
    arena_done(&arena);
}

TestSuite(bounce, .init = set_up, .fini = tear_down);

static enum bounce_outcome read_bytes(const char *mail, size_t len)
{
    char *exact = malloc(len ? len : 1); /* so that a byte too many is found */
    enum bounce_outcome outcome;

    memcpy(exact, mail, len);
    outcome = bounce_read(&arena, exact, len, &receipt);
    free(exact);
    return outcome;
}

static enum bounce_outcome read(const char *mail)
{
    return read_bytes(mail, strlen(mail));
}

static const char *with_crlf(const char *text)
{
    struct strbuf b;

    strbuf_init(&b, &arena);
    for (; *text; text++) {
        if (*text == '\n')
            strbuf_addc(&b, '\r');
        strbuf_addc(&b, *text);
    }
    return b.data;
}

/* ---- what servers write ---- */

#define POSTFIX_TOP                                                                                                    \
    "Date: Thu, 26 Nov 2026 18:45:00 +0800\n"                                                                          \
    "From: MAILER-DAEMON@mx.example.net (Mail Delivery System)\n"                                                      \
    "Subject: Undelivered Mail Returned to Sender\n"                                                                   \
    "To: bounces@example.com\n"                                                                                        \
    "Auto-Submitted: auto-replied\n"                                                                                   \
    "MIME-Version: 1.0\n"                                                                                              \
    "Content-Type: multipart/report; report-type=delivery-status;\n"                                                   \
    "\tboundary=\"4F1A22.1764153000/mx.example.net\"\n"                                                                \
    "Message-Id: <20261126104500.4F1A22@mx.example.net>\n"                                                             \
    "\n"                                                                                                               \
    "This is a MIME-encapsulated message.\n"                                                                           \
    "\n"                                                                                                               \
    "--4F1A22.1764153000/mx.example.net\n"                                                                             \
    "Content-Description: Notification\n"                                                                              \
    "Content-Type: text/plain; charset=us-ascii\n"                                                                     \
    "\n"                                                                                                               \
    "<li@example.net>: host mx.example.net said: 550 5.1.1 No such user\n"                                             \
    "\n"
#define POSTFIX_NEXT "--4F1A22.1764153000/mx.example.net\n"
#define POSTFIX_END  "--4F1A22.1764153000/mx.example.net--\n"
#define POSTFIX_STATUS(action, status, said)                                                                           \
    POSTFIX_NEXT "Content-Description: Delivery report\n"                                                              \
                 "Content-Type: message/delivery-status\n"                                                             \
                 "\n"                                                                                                  \
                 "Reporting-MTA: dns; mx.example.net\n"                                                                \
                 "X-Postfix-Queue-ID: 4F1A22\n"                                                                        \
                 "Arrival-Date: Thu, 26 Nov 2026 18:44:58 +0800\n"                                                     \
                 "\n"                                                                                                  \
                 "Final-Recipient: rfc822; li@example.net\n"                                                           \
                 "Original-Recipient: rfc822;li@example.net\n"                                                         \
                 "Action: " action "\nStatus: " status "\n"                                                            \
                 "Remote-MTA: dns; mx.example.net\n"                                                                   \
                 "Diagnostic-Code: smtp; " said "\n"                                                                   \
                 "\n"
#define POSTFIX_RETURNED                                                                                               \
    POSTFIX_NEXT "Content-Description: Undelivered Message Headers\n"                                                  \
                 "Content-Type: text/rfc822-headers\n"                                                                 \
                 "\n"                                                                                                  \
                 "Date: Thu, 26 Nov 2026 10:44:57 +0000\n"                                                             \
                 "From: =?UTF-8?B?5a6i5oi35pyN5Yqh?=\n"                                                                \
                 " <service@example.com>\n"                                                                            \
                 "To: <li@example.net>\n"                                                                              \
                 "Message-ID: <" OUR_ID "@example.com>\n"                                                              \
                 "In-Reply-To: <2026-001@example.com>\n"                                                               \
                 "\n"
#define POSTFIX(action, status, said)                                                                                  \
    POSTFIX_TOP POSTFIX_STATUS(action, status, said)                                                                   \
    POSTFIX_RETURNED POSTFIX_END

static void check(const char *mail, enum receipt_status status, const char *code, bool bad_address)
{
    cr_assert_eq(read(mail), BOUNCE_REPORT);
    cr_assert_str_eq(receipt.id, OUR_ID);
    cr_assert_str_eq(receipt.request_id, "");
    cr_assert_eq(receipt.status, status);
    cr_assert_str_eq(receipt.code, code);
    cr_assert_eq(receipt.bad_address, bad_address);
}

Test(bounce, postfix_says_no_such_user)
{
    check(POSTFIX("failed", "5.1.1", "550 5.1.1 No such user here"), RECEIPT_FAILED, "5.1.1", true);
}

Test(bounce, lines_may_end_in_crlf)
{
    check(with_crlf(POSTFIX("failed", "5.1.1", "550 5.1.1 No such user here")), RECEIPT_FAILED, "5.1.1", true);
}

Test(bounce, exchange_wraps_its_words_and_quotes_the_whole_mail)
{
    check("From: <postmaster@corp.example.net>\n"
          "Content-Type: multipart/report; report-type=\"delivery-status\";\n"
          " boundary=\"_000_AM0PR01\\\"MB_\"\n"
          "In-Reply-To: <" OUR_ID "@example.com>\n"
          "Subject: =?utf-8?B?5peg5rOV5Lyg6YCS?=\n"
          "\n"
          "--_000_AM0PR01\"MB_\n"
          "Content-Type: multipart/alternative; differences=Content-Type;\n"
          " boundary=\"_000_AM0PR01\"\n"
          "\n"
          "--_000_AM0PR01\n"
          "Content-Type: text/plain; charset=\"utf-8\"\n"
          "Content-Transfer-Encoding: base64\n"
          "\n"
          "5oKo55qE6YKu5Lu25peg5rOV5Lyg6YCS\n"
          "\n"
          "--_000_AM0PR01--\n"
          "\n"
          "--_000_AM0PR01\"MB_\n"
          "Content-Type: message/delivery-status\n"
          "\n"
          "Reporting-MTA: dns;AM0PR01MB.corp.example.net\n"
          "Received-From-MTA: dns;mail.example.com\n"
          "\n"
          "Final-Recipient: rfc822;li@corp.example.net\n"
          "Action: failed\n"
          "Status: 5.1.10\n"
          "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not\n"
          " found by SMTP address lookup\n"
          "\n"
          "--_000_AM0PR01\"MB_\n"
          "Content-Type: message/rfc822\n"
          "\n"
          "Received: from mail.example.com\n"
          "Message-ID:\n"
          " <" OUR_ID "@example.com>\n"
          "Content-Type: text/plain\n"
          "\n"
          "Message-ID: <not@this.one>\n"
          "--_000_AM0PR01\"MB_--\n",
          RECEIPT_FAILED, "5.1.10", true);
}

/* Its status is general; the other server's words are not. */
Test(bounce, exim_gives_the_other_servers_status)
{
    check("From: Mail Delivery System <Mailer-Daemon@exim.example.net>\n"
          "X-Failed-Recipients: li@example.net\n"
          "Auto-Submitted: auto-replied\n"
          "References: <2026-001@example.com> <" OUR_ID "@example.com>\n"
          "Content-Type: multipart/report; report-type=delivery-status; boundary=1764153000-eximdsn-1804289383\n"
          "MIME-Version: 1.0\n"
          "\n"
          "--1764153000-eximdsn-1804289383\n"
          "Content-type: text/plain; charset=us-ascii\n"
          "\n"
          "This message was created automatically by mail delivery software.\n"
          "\n"
          "--1764153000-eximdsn-1804289383\n"
          "Content-type: message/delivery-status\n"
          "\n"
          "Reporting-MTA: dns; exim.example.net\n"
          "\n"
          "Action: failed\n"
          "Final-Recipient: rfc822;li@example.net\n"
          "Status: 5.0.0\n"
          "Remote-MTA: dns; mx.example.net\n"
          "Diagnostic-Code: smtp; 550-5.2.1 The account is disabled\n"
          "\n"
          "--1764153000-eximdsn-1804289383\n"
          "Content-type: message/rfc822\n"
          "\n"
          "Subject: hello\n"
          "\n"
          "text\n"
          "--1764153000-eximdsn-1804289383--\n",
          RECEIPT_FAILED, "5.2.1", true);
}

/* As QQ and others in China write: everything in base64, GB18030 in the words, no enhanced status from the other side.
 */
Test(bounce, parts_may_be_encoded_and_words_in_any_charset)
{
    static const char report[] =
        "Reporting-MTA: dns; newxmmxsza.example.cn\r\n\r\nFinal-Recipient: rfc822; li@example.cn\r\n"
        "Action: failed\r\nDiagnostic-Code: smtp; 550 Mailbox not found. li@example.cn\r\n";
    static const char headers[] = "From: service@example.com\r\nMessage-ID: <" OUR_ID "@example.com>\r\n";
    const char *mail = arena_printf(&arena,
                                    "From: PostMaster@example.cn\n"
                                    "Subject: =?gb18030?B?z7XNs83L0MU=?=\n"
                                    "Content-Type: MULTIPART/REPORT; Report-Type=Delivery-Status; BOUNDARY=\"=_mix\"\n"
                                    "\n"
                                    "--=_mix\n"
                                    "Content-Type: text/html; charset=gb18030\n"
                                    "\n"
                                    "\xb1\xa7\xc7\xb8\xff\xfe\n"
                                    "--=_mix\n"
                                    "Content-Type: message/delivery-status\n"
                                    "Content-Transfer-Encoding: base64\n"
                                    "\n"
                                    "%s\n"
                                    "--=_mix\n"
                                    "Content-Type: text/rfc822-headers\n"
                                    "Content-Transfer-Encoding: BASE64\n"
                                    "\n"
                                    "%s\n"
                                    "--=_mix--\n",
                                    base64_encode(&arena, report, sizeof report - 1),
                                    base64_encode(&arena, headers, sizeof headers - 1));

    check(mail, RECEIPT_FAILED, "bounced", true);
}

Test(bounce, quoted_printable_is_read)
{
    check("Content-Type: multipart/report; boundary=b\n\n--b\n"
          "Content-Type: message/delivery-status\nContent-Transfer-Encoding: quoted-printable\n\n"
          "Reporting-MTA: dns; a=\n.example\n=0AAction:=20fai=\t\nled\nStatus: 5.1.1 =zz\n=\n"
          "--b\nContent-Type: message/rfc822\n\nmessage-id : <" OUR_ID "@example.com>\n",
          RECEIPT_FAILED, "5.1.1", true);
}

/* ---- what it means ---- */

static const struct {
    const char *action, *status, *said;
    enum receipt_status becomes;
    const char *code;
    bool bad_address;
} meanings[] = {
    { "failed", "5.1.1", "550 no", RECEIPT_FAILED, "5.1.1", true },
    { "failed", "5.1.2", "550 no", RECEIPT_FAILED, "5.1.2", true },
    { "failed", "5.1.3 (bad syntax)", "553 no", RECEIPT_FAILED, "5.1.3", true },
    { "failed", "5.1.6", "551 moved", RECEIPT_FAILED, "5.1.6", true },
    { "failed", "5.1.8", "550 sender's domain", RECEIPT_FAILED, "5.1.8", false },
    { "failed", "5.2.1", "550 disabled", RECEIPT_FAILED, "5.2.1", true },
    { "failed", "5.2.2", "552 mailbox full", RECEIPT_FAILED, "5.2.2", false },
    { "failed", "4.4.7", "queue expired", RECEIPT_FAILED, "4.4.7", false },
    { "failed", "5.7.1", "550 5.7.1 user unknown, they say", RECEIPT_FAILED, "5.7.1", false },
    { "failed", "5.0.0", "550 5.1.1 unknown", RECEIPT_FAILED, "5.1.1", true },
    { "failed", "5.0.0", "452 4.2.2 full", RECEIPT_FAILED, "5.0.0", false },
    { "failed", "5.0.0", "550 at 5.1.1.4 refused", RECEIPT_FAILED, "5.0.0", false },
    { "failed", "5.0.0", "550 User Unknown", RECEIPT_FAILED, "5.0.0", true },
    { "failed", "5.0.0", "550 looks like spam", RECEIPT_FAILED, "5.0.0", false },
    { "failed", "4.0.0", "450 user unknown", RECEIPT_FAILED, "4.0.0", false },
    { "failed", "nonsense", "", RECEIPT_FAILED, "bounced", false },
    { "FAILED (really)", "5.1.1", "", RECEIPT_FAILED, "5.1.1", true },
    { "delayed", "4.4.1", "no answer", RECEIPT_PENDING, "4.4.1", false },
    { "delayed", "5.1.1", "", RECEIPT_PENDING, "5.1.1", false },
    { "delivered", "2.0.0", "250 ok", RECEIPT_DELIVERED, "2.0.0", false },
    { "relayed", "2.0.0", "250 ok", RECEIPT_DELIVERED, "2.0.0", false },
    { "expanded", "2.1.5", "250 ok", RECEIPT_PENDING, "2.1.5", false },
};

Test(bounce, action_and_status_mean_what_the_rfcs_say)
{
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        const char *mail =
            arena_printf(&arena, POSTFIX_TOP POSTFIX_STATUS("%s", "%s", "%s") POSTFIX_RETURNED POSTFIX_END,
                         meanings[i].action, meanings[i].status, meanings[i].said);

        cr_assert_eq(read(mail), BOUNCE_REPORT, "%zu", i);
        cr_expect_eq(receipt.status, meanings[i].becomes, "%zu", i);
        cr_expect_str_eq(receipt.code, meanings[i].code, "%zu", i);
        cr_expect_eq(receipt.bad_address, meanings[i].bad_address, "%zu", i);
    }
}

#define REPORT(groups)                                                                                                 \
    "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n" groups              \
    "\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <" OUR_ID "@example.com>\n--b--\n"

Test(bounce, without_an_action_the_status_says_it)
{
    check(REPORT("Reporting-MTA: dns; a\n\nStatus: 5.1.1\n"), RECEIPT_FAILED, "5.1.1", true);
    check(REPORT("Reporting-MTA: dns; a\n\nStatus: 4.4.1\n"), RECEIPT_PENDING, "4.4.1", false);
    cr_assert_eq(read(REPORT("Reporting-MTA: dns; a\n\nStatus: 2.0.0\n")), BOUNCE_NONE);
    cr_assert_eq(read(REPORT("Reporting-MTA: dns; a\n\nAction: eaten\nStatus: 5.1.1\n")), BOUNCE_NONE);
}

/* An address that stands for several: somebody has it. */
Test(bounce, it_failed_only_if_nobody_got_it)
{
    check(REPORT("Reporting-MTA: dns; a\n\nAction: failed\nStatus: 5.1.1\n\nAction: delivered\nStatus: 2.0.0\n"),
          RECEIPT_DELIVERED, "2.0.0", false);
    check(REPORT("Reporting-MTA: dns; a\n\nAction: failed\nStatus: 5.2.2\n\n\n\nAction: failed\nStatus: 5.1.1\n"),
          RECEIPT_FAILED, "5.2.2", false);
}

/* ---- which message ---- */

Test(bounce, without_the_mail_its_references_say_which)
{
    check("In-Reply-To: <2026-001@example.com>\nReferences: <2026-001@example.com>\n\t<" OUR_ID
          "@example.com>\n" POSTFIX_TOP POSTFIX_STATUS("failed", "5.1.1", "550") POSTFIX_END,
          RECEIPT_FAILED, "5.1.1", true);
}

Test(bounce, a_report_about_another_mail_is_not_ours)
{
    cr_assert_eq(read(POSTFIX_TOP POSTFIX_STATUS("failed", "5.1.1", "550") POSTFIX_END), BOUNCE_FOREIGN);
    cr_assert_eq(read(POSTFIX_TOP POSTFIX_STATUS("failed", "5.1.1", "550") POSTFIX_NEXT
                      "Content-Type: text/rfc822-headers\n\nMessage-ID: <20261126.ABC@example.com>\n" POSTFIX_END),
                 BOUNCE_FOREIGN);
    cr_assert_eq(read(POSTFIX_TOP POSTFIX_STATUS("failed", "5.1.1", "550") POSTFIX_NEXT
                      "Content-Type: text/rfc822-headers\n\nMessage-ID: " OUR_ID "\n" POSTFIX_END),
                 BOUNCE_FOREIGN);
}

Test(bounce, a_report_that_is_cut_off_is_read_as_far_as_it_goes)
{
    check(POSTFIX_TOP POSTFIX_STATUS("failed", "5.1.1", "550") POSTFIX_RETURNED, RECEIPT_FAILED, "5.1.1", true);
    cr_assert_eq(read(POSTFIX_TOP), BOUNCE_NONE);
    cr_assert_eq(read(POSTFIX_TOP POSTFIX_STATUS("failed", "5.1.1", "550")), BOUNCE_FOREIGN);
}

Test(bounce, only_the_beginning_of_a_long_mail_is_looked_at)
{
    static const char front[] = POSTFIX_TOP, rest[] = POSTFIX_STATUS("failed", "5.1.1", "550") POSTFIX_RETURNED;
    size_t len = BOUNCE_MAX + sizeof front + sizeof rest;
    char *mail = arena_alloc(&arena, len);

    memset(mail, '\n', len);
    memcpy(mail, front, sizeof front - 1);
    memcpy(mail + BOUNCE_MAX, rest, sizeof rest - 1);
    cr_assert_eq(read_bytes(mail, len), BOUNCE_NONE);
    memcpy(mail + sizeof front - 1, rest, sizeof rest - 1);
    cr_assert_eq(read_bytes(mail, len), BOUNCE_REPORT);
}

/* ---- what is no bounce ---- */

static const char *const no_bounces[] = {
    "",
    "\n",
    "\n\n--\n",
    "Subject: no body",
    /* a notice of absence, that quotes ours */
    "From: li@example.net\nSubject: Out of office\nAuto-Submitted: auto-replied\nIn-Reply-To: <" OUR_ID
    "@example.com>\nContent-Type: text/plain\n\nI am away. Action: failed\nStatus: 5.1.1\n",
    /* an answer */
    "From: li@example.net\nIn-Reply-To: <" OUR_ID "@example.com>\nContent-Type: multipart/mixed; boundary=b\n\n"
    "--b\n\nThank you\n--b--\n",
    /* it was read, says the reader (RFC 8098) */
    "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n"
    "Content-Type: message/disposition-notification\n\nOriginal-Message-ID: <" OUR_ID
    "@example.com>\nDisposition: automatic-action/MDN-sent-automatically; displayed\n--b--\n",
    /* spam, says the reader (RFC 5965), in the form of both */
    "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n--b\n"
    "Content-Type: message/delivery-status\n\nAction: failed\nStatus: 5.1.1\n\n--b\n"
    "Content-Type: message/rfc822\n\nMessage-ID: <" OUR_ID "@example.com>\n--b--\n",
    /* somebody passes a bounce on */
    "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: message/rfc822\n\n" POSTFIX("failed", "5.1.1",
                                                                                                 "550") "--m--\n",
    /* no boundary; an empty one; one that never comes */
    "Content-Type: multipart/report; report-type=delivery-status\n\n--\nContent-Type: message/delivery-status\n\n"
    "Action: failed\nStatus: 5.1.1\n----\n",
    "Content-Type: multipart/report; boundary=\"\"\n\n--\nContent-Type: message/delivery-status\n\nAction: failed\n",
    "Content-Type: multipart/report; boundary=c\n\n--b\nContent-Type: message/delivery-status\n\nAction: "
    "failed\n--b--\n",
    /* behind the end */
    "Content-Type: multipart/report; boundary=b\n\n--b--\n--b\nContent-Type: message/delivery-status\n\nAction: "
    "failed\n",
};

Test(bounce, answers_and_notices_of_absence_are_none)
{
    for (size_t i = 0; i < sizeof no_bounces / sizeof *no_bounces; i++)
        cr_expect_eq(read(no_bounces[i]), BOUNCE_NONE, "%zu", i);
}

/* ---- how it is packed ---- */

static const char *wrapped(const char *mail, int depth)
{
    for (int i = depth; i > 0; i--)
        mail =
            arena_printf(&arena, "Content-Type: multipart/mixed; boundary=w%d\n\n--w%d\n\nfirst\n--w%d\n%s\n--w%d--\n",
                         i, i, i, mail, i);
    return mail;
}

Test(bounce, a_list_or_filter_may_have_put_it_into_another_mail)
{
    static const char mail[] = POSTFIX("failed", "5.1.1", "550");

    check(wrapped(mail, 1), RECEIPT_FAILED, "5.1.1", true);
    check(wrapped(mail, 4), RECEIPT_FAILED, "5.1.1", true);
    cr_assert_eq(read(wrapped(mail, 5)), BOUNCE_NONE);
    cr_assert_eq(read(wrapped(mail, 200)), BOUNCE_NONE);
}

Test(bounce, a_boundary_may_begin_with_another)
{
    check("Content-Type: multipart/mixed; boundary=b\n\n--b\n"
          "Content-Type: multipart/report; boundary=bb\n\n--bb\nContent-Type: message/delivery-status\n\n"
          "Action: failed\nStatus: 5.1.1\n\n--bb \t\nContent-Type: message/rfc822\n\nMessage-ID: <" OUR_ID
          "@example.com>\n--bb--\n--b--\n",
          RECEIPT_FAILED, "5.1.1", true);
}

Test(bounce, a_mail_of_a_thousand_parts_is_given_up)
{
    struct strbuf mail;

    strbuf_init(&mail, &arena);
    strbuf_adds(&mail, "Content-Type: multipart/mixed; boundary=b\n\n");
    for (int i = 0; i < 1000; i++)
        strbuf_adds(&mail, "--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\n--c--\n");
    strbuf_printf(&mail, "--b\n%s", POSTFIX("failed", "5.1.1", "550"));
    cr_assert_eq(read_bytes(mail.data, mail.len), BOUNCE_NONE);
}

/* ---- anything ---- */

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

/* Bytes changed, cut out, doubled, put in: words that mean something here among them. */
static size_t mutate(char *mail, size_t len, size_t room, unsigned *seed)
{
    static const char *const words[] = { "\n",
                                         "\r\n",
                                         "\r\n\r\n",
                                         "--4F1A22.1764153000/mx.example.net",
                                         "=",
                                         "=\n",
                                         "\"",
                                         ";",
                                         "Content-Transfer-Encoding: base64\n",
                                         "Content-Type: multipart/report; boundary=",
                                         "<",
                                         "Content-Transfer-Encoding: quoted-printable\n\n",
                                         "\\",
                                         ": ",
                                         "\xff",
                                         "5.1.",
                                         "\n " };
    const char *word = words[next_random(seed) % (sizeof words / sizeof *words)];
    size_t at = next_random(seed) % (len + 1), n = next_random(seed) % 40, word_len = strlen(word);

    switch (next_random(seed) % 4) {
    case 0:
        if (at < len)
            mail[at] = (char)next_random(seed);
        return len;
    case 1:
        n = n > len - at ? len - at : n;
        memmove(mail + at, mail + at + n, len - at - n);
        return len - n;
    default:
        if (len + word_len > room)
            return len;
        memmove(mail + at + word_len, mail + at, len - at);
        memcpy(mail + at, word, word_len);
        return len + word_len;
    }
}

Test(bounce, no_bytes_break_it)
{
    static const char good[] = POSTFIX("failed", "5.1.1", "550 5.1.1 No such user here");
    size_t room = sizeof good + 400, outcomes[3] = { 0 };
    char *mail = malloc(room);
    unsigned seed = 20261126;

    for (int i = 0; i < 30000; i++) {
        size_t len = sizeof good - 1;
        enum bounce_outcome outcome;

        memcpy(mail, good, len);
        for (unsigned n = 1 + next_random(&seed) % 6; n > 0; n--)
            len = mutate(mail, len, room, &seed);
        outcome = read_bytes(mail, len);
        cr_assert_leq(outcome, BOUNCE_FOREIGN);
        if (outcome == BOUNCE_REPORT)
            cr_assert(strlen(receipt.id) == 36 && strlen(receipt.code) < 13 && receipt.status <= RECEIPT_PENDING);
        outcomes[outcome]++;
        arena_reset(&arena);
    }
    free(mail);
    cr_assert(outcomes[0] > 1000 && outcomes[1] > 1000 && outcomes[2] > 100, "%zu %zu %zu", outcomes[0], outcomes[1],
              outcomes[2]);
}
