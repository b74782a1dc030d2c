#include "services/notification/mime.h"

#include <criterion/criterion.h>
#include <string.h>

static struct arena a;
static struct strbuf out;
static struct mime_message m;

static void start(void)
{
    arena_init(&a, 0);
    m = (struct mime_message){ .id = "0193a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b",
                               .from = "service@example.com",
                               .from_name = "",
                               .to = "li@example.org",
                               .reply_to = "",
                               .subject = "Hello",
                               .text = "Good day.\nBye.",
                               .html = "",
                               .locale = "zh-CN",
                               .thread = "",
                               .unsubscribe = "",
                               .now_us = INT64_C(1764153000000000) };
}

static void stop(void)
{
    arena_done(&a);
}

TestSuite(mime, .init = start, .fini = stop);

static const char *mail(void)
{
    strbuf_init(&out, &a);
    cr_assert_eq(mime_write(&out, &m), 0);
    return out.data;
}

static bool has(const char *part)
{
    return strstr(mail(), part) != NULL;
}

/* The text of the encoded words in the header, put together. */
static const char *decoded(const char *header)
{
    const char *p = strstr(mail(), header), *end;
    struct strbuf text;

    cr_assert_not_null(p);
    strbuf_init(&text, &a);
    for (end = strstr(p, "\r\n"); end[2] == ' '; end = strstr(end + 2, "\r\n"))
        continue;
    while ((p = strstr(p, "=?UTF-8?B?")) && p < end) {
        size_t len, n = strcspn(p += 10, "?");
        void *bytes = base64_decode(&a, p, n, &len);

        cr_assert_not_null(bytes);
        cr_assert(utf8_valid(bytes, len));
        strbuf_add(&text, bytes, len);
    }
    return text.data;
}

Test(mime, a_plain_mail_whole)
{
    cr_assert_str_eq(mail(), "Date: Wed, 26 Nov 2025 10:30:00 +0000\r\n"
                             "From: <service@example.com>\r\n"
                             "To: <li@example.org>\r\n"
                             "Subject: Hello\r\n"
                             "Message-ID: <0193a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b@example.com>\r\n"
                             "Auto-Submitted: auto-generated\r\n"
                             "Content-Language: zh-CN\r\n"
                             "MIME-Version: 1.0\r\n"
                             "Content-Type: text/plain; charset=UTF-8\r\n"
                             "Content-Transfer-Encoding: base64\r\n"
                             "\r\n"
                             "R29vZCBkYXkuDQpCeWUu\r\n");
}

Test(mime, chinese_names_and_subjects_are_encoded_in_whole_characters)
{
    m.from_name = "云河集团客户服务中心投诉处理";
    m.subject = "【投诉2026-001】您的投诉已登记，我们将在两个工作日内与您联系，请您耐心等待，谢谢您的理解";
    cr_assert_str_eq(decoded("From: "), m.from_name);
    cr_assert_str_eq(decoded("Subject: "), m.subject);
}

Test(mime, no_line_is_longer_than_76_characters)
{
    char subject[400], text[5000];

    memset(subject, 'x', sizeof subject - 1);
    memset(text, 'y', sizeof text - 1);
    subject[sizeof subject - 1] = text[sizeof text - 1] = '\0';
    m.subject = subject;
    m.text = m.html = text;
    m.from_name = "云河集团客户服务中心投诉处理部门第一小组";
    for (const char *line = mail(), *end; *line; line = end + 2) {
        end = strstr(line, "\r\n");
        cr_assert_not_null(end, "a line without its end");
        cr_assert_leq(end - line, 76, "%.*s", (int)(end - line), line);
        cr_assert_null(memchr(line, '\n', (size_t)(end - line)));
        cr_assert_null(memchr(line, '\r', (size_t)(end - line)));
    }
    cr_assert_str_eq(decoded("Subject: "), subject);
}

Test(mime, no_value_begins_a_header)
{
    m.subject = "x\r\nBcc: all@example.com";
    m.from_name = "a\nBcc: b@example.com";
    m.thread = "1\r\nBcc: c@example.com";
    m.unsubscribe = "https://example.com/\r\nBcc: d@example.com";
    m.locale = "en\r\nBcc: e@example.com";
    cr_assert_not(has("\nBcc"));
    cr_assert_not(has("List-Unsubscribe"));
    cr_assert_not(has("Content-Language"));
}

Test(mime, an_address_that_means_more_is_refused)
{
    static const char *const bad[] = { "",           "a",        "@b.cn",       "a@",           "a@b@c",
                                       "a b@c.cn",   "<a@b.cn>", "a@b.cn\r\nX", "a@b.cn,c@d.e", "张@b.cn",
                                       "\"a\"@b.cn", "a@b.cn>",  "a@b.cn\tX" };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        m.to = bad[i];
        strbuf_init(&out, &a);
        cr_assert_eq(mime_write(&out, &m), 1, "%s", bad[i]);
        cr_assert_eq(out.len, 0);
    }
}

Test(mime, text_and_html_are_alternatives)
{
    m.html = "<p>Good day.</p>";
    cr_assert(has("Content-Type: multipart/alternative;\r\n boundary=\"=_0193a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b\"\r\n\r\n"
                  "--=_0193a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b\r\n"
                  "Content-Type: text/plain; charset=UTF-8\r\n"));
    cr_assert(has("Content-Type: text/html; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                  "PHA+R29vZCBkYXkuPC9wPg==\r\n--=_0193a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b--\r\n"));
}

Test(mime, mails_of_a_complaint_are_one_thread)
{
    m.thread = "YHHY-2026-001";
    cr_assert(has("\r\nIn-Reply-To: <YHHY-2026-001@example.com>\r\nReferences: <YHHY-2026-001@example.com>\r\n"));
    m.thread = "投1";
    cr_assert(has("\r\nIn-Reply-To: <=E6=8A=951@example.com>\r\n"));
    m.thread = "";
    cr_assert_not(has("References"));
}

Test(mime, one_click_unsubscribing_is_for_https)
{
    m.unsubscribe = "https://example.com/u/1";
    cr_assert(has("\r\nList-Unsubscribe: <https://example.com/u/1>\r\n"
                  "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
    m.unsubscribe = "mailto:off@example.com";
    cr_assert(has("\r\nList-Unsubscribe: <mailto:off@example.com>\r\n"));
    cr_assert_not(has("One-Click"));
}

Test(mime, a_subject_that_looks_encoded_is_encoded)
{
    m.subject = "=?UTF-8?B?WA==?=";
    cr_assert_str_eq(decoded("Subject: "), m.subject);
}

Test(mime, a_name_with_a_quote_is_encoded_others_are_quoted)
{
    m.from_name = "Customer Care, Unit 1";
    cr_assert(has("\r\nFrom: \"Customer Care, Unit 1\"\r\n <service@example.com>\r\n"));
    m.from_name = "The \"Care\"";
    cr_assert_str_eq(decoded("From: "), m.from_name);
}

Test(mime, days_and_months_have_their_names)
{
    m.now_us = INT64_C(1709164799000000);
    cr_assert(has("Date: Wed, 28 Feb 2024 23:59:59 +0000\r\n"));
    m.now_us += 1000000;
    cr_assert(has("Date: Thu, 29 Feb 2024 00:00:00 +0000\r\n"));
}
