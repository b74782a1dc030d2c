/* A gateway with settings, a message and an answer, for the tests of the kinds. */
#pragma once

#include <criterion/criterion.h>
#include <string.h>

#include "common/http/client.h"
#include "services/notification/gateway.h"

#define OUR_ID "0193a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b"

static struct {
    struct arena a;
    struct gateway g;
    struct gateway_setting_value settings[32];
    struct outgoing o;
    struct transfer t;
    const char *why;
    struct answer answer;
    struct receipt *receipts;
    size_t receipt_count;
    const char *reply;
} f;

static inline void set(const char *key, const char *value)
{
    for (size_t i = 0; i < f.g.setting_count; i++)
        if (strcmp(f.settings[i].key, key) == 0) {
            f.settings[i].value = value;
            return;
        }
    f.settings[f.g.setting_count++] = (struct gateway_setting_value){ key, value };
}

static inline void fixture_open(const char *kind)
{
    static const struct notice_fact vars[] = { { "number", "2026-001" }, { "date", "12月1日" } };
    static const char *const param[2] = { "date", "day" };
    static const char *const(*const params)[2] = &param;
    static struct gateway_template templates[] = {
        { .template = "registered", .locale = "", .id = "SMS_1", .params = params, .param_count = 1 },
        { .template = "registered", .locale = "en", .id = "SMS_2", .params = params, .param_count = 1 },
        { .template = "waiting", .locale = "", .id = "SMS_3", .review = REVIEW_PENDING },
    };

    memset(&f, 0, sizeof f);
    arena_init(&f.a, 0);
    f.g = (struct gateway){ .name = "test",
                            .kind = gateway_kind(kind),
                            .settings = f.settings,
                            .templates = templates,
                            .template_count = 3,
                            .timeout_ms = 8000 };
    cr_assert_not_null(f.g.kind);
    f.o = (struct outgoing){ .id = OUR_ID,
                             .channel = NOTICE_SMS,
                             .to = "+8613800138000",
                             .locale = "zh-CN",
                             .template = "registered",
                             .vars = vars,
                             .var_count = 2,
                             .text = "您的投诉2026-001已登记。",
                             .subject = "",
                             .html = "",
                             .data = "",
                             .event = "registered",
                             .thread = "",
                             .unsubscribe = "",
                             .mail_from = "service@example.com",
                             .mail_from_name = "客户服务",
                             .return_path = "service@example.com",
                             .sign = "云河",
                             .receipt_url = "https://r.example.com/receipts/secret",
                             .token = "",
                             .now_us = INT64_C(1764153000123456), /* 2025-11-26T10:30:00Z */
                             .sent_us = INT64_C(1764151200000000),
                             .nonce = "0123456789abcdef0123456789abcdef" };
}

static inline void fixture_close(void)
{
    arena_done(&f.a);
}

static inline int build(void)
{
    f.t = (struct transfer){ 0 };
    f.why = NULL;
    return f.g.kind->build(&f.g, &f.o, &f.a, &f.t, &f.why);
}

static inline void built(void)
{
    int e = build();

    cr_assert_eq(e, 0, "%s", f.why);
}

static inline bool url_has(const char *part)
{
    return strstr(f.t.url, part) != NULL;
}

static inline bool body_has(const char *part)
{
    return f.t.body && strstr(f.t.body, part) != NULL;
}

/* The value of the header that begins so; "" where there is none. */
static inline const char *header(const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; f.t.headers[i]; i++)
        if (strncmp(f.t.headers[i], name, len) == 0 && f.t.headers[i][len] == ':')
            return f.t.headers[i] + len + 2;
    return "";
}

static inline void answered(long status, const char *text)
{
    f.t.end = TRANSFER_ANSWERED;
    f.t.status = status;
    f.t.answer = arena_strdup(&f.a, text);
    f.t.answer_len = strlen(text);
    answer_of(&f.g, &f.t, &f.a, &f.answer);
}

static inline enum answer_class class_of(long status, const char *text)
{
    answered(status, text);
    return f.answer.class;
}

/* A code, and what it is to mean. */
struct meant {
    const char *code;
    enum answer_class class;
};

/* Each in an answer between these two. */
static inline void assert_meant(const char *before, const char *after, const struct meant *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = arena_printf(&f.a, "%s%s%s", before, all[i].code, after);

        cr_expect_eq(class_of(200, text), all[i].class, "%s: %s", all[i].code, answer_class_names[f.answer.class - 1]);
    }
}

static inline int receive(struct receipt_request q)
{
    q.path = q.path ? q.path : "/receipts/secret";
    q.query = q.query ? q.query : "";
    q.body = q.body ? q.body : "";
    q.body_len = strlen(q.body);
    q.content_type = "";
    q.signature = q.signature ? q.signature : "";
    q.url = q.url ? q.url : "";
    return f.g.kind->receipts(&f.g, &q, &f.a, &f.receipts, &f.receipt_count, &f.reply);
}

static inline int query_says(const char *text, struct receipt *ret)
{
    f.t = (struct transfer){ 0 };
    f.t.end = TRANSFER_ANSWERED;
    f.t.status = 200;
    f.t.answer = arena_strdup(&f.a, text);
    f.t.answer_len = strlen(text);
    return f.g.kind->read_query(&f.g, &f.o, &f.t, &f.a, ret);
}
