#include "common/event/reference.h"
#include "services/intake/validate.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/str.h"
#include "common/event/json.h"

#define NOW "2026-09-18T15:00:00Z"
#define DAY INT64_C(86400)

/* What everything below is a change of: a call of an owner, with everything that may be given. */
static const char full[] =
    "{\"tenant\":\"demo\",\"source\":\"callcentre-sz\",\"sourceEventId\":\"2026-0918-1\",\"channel\":\"CHANNEL_"
    "HOTLINE\","
    "\"receivedAt\":\"2026-09-18T14:59:00Z\",\"occurredAt\":\"2026-09-17T22:00:00Z\",\"projectCode\":\"YHHY\","
    "\"building\":\"3\",\"unit\":\"1203\",\"complainant\":{\"kind\":\"COMPLAINANT_KIND_INDIVIDUAL\",\"name\":\"张三\","
    "\"phone\":\"138 0013 8000\",\"email\":\"zhang.san+home@mail.example.com\",\"address\":\"云湖路1号\\n3栋\","
    "\"identityVerified\":true,\"preferredChannel\":\"CONTACT_CHANNEL_PHONE\"},\"categoryCode\":\"quality.leakage\","
    "\"description\":\"厨房漏水\\n第二次\",\"goodsOrService\":\"防水\",\"demand\":\"尽快修\",\"amountFen\":\"120000\","
    "\"evidence\":[{\"uri\":\"https://files.example.com/1.jpg\",\"mediaType\":\"image/jpeg\","
    "\"sha256\":\"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\",\"size\":\"1000\"}],"
    "\"call\":{\"callId\":\"c-1\",\"agentId\":\"a7\",\"caller\":\"13800138000\",\"startedAt\":\"2026-09-18T14:50:00Z\","
    "\"durationS\":120,\"recordingUri\":\"s3://calls/1.wav\"},\"clear\":{\"heard\":true,\"asked\":true},"
    "\"submittedBy\":\"S0001\"}";

static struct {
    struct arena a;
    struct tenants *tenants;
    Redress__V1__Submission *s;
    struct problems problems;
    char phone[PHONE_SIZE];
} f;

static void setup(void)
{
    struct vault_key key = { { 1 } };
    struct field_problem problem = { 0 };
    ProtobufCMessage *m = NULL;
    const char *why = "";

    arena_init(&f.a, 0);
    f.tenants = tenants_new();
    cr_assert_eq(tenants_add(f.tenants, "demo", "{project}-{seq}", 7, &key, &why), 0, "%s", why);
    tenants_add_project(f.tenants, "demo", "YHHY");
    tenants_add_building(f.tenants, "demo", "YHHY", "3");
    tenants_add_project(f.tenants, "demo", "OPEN");
    cr_assert_eq(json_read(&f.a, &redress__v1__submission__descriptor, full, strlen(full), &m, &problem), 0, "%s: %s",
                 problem.path, problem.message);
    f.s = (Redress__V1__Submission *)m;
}

static void teardown(void)
{
    tenants_free(f.tenants);
    arena_done(&f.a);
}

TestSuite(validate, .init = setup, .fini = teardown);

static void validate(void)
{
    struct validation v = { .tenants = f.tenants, .max_age_us = 400 * DAY * 1000000 };

    cr_assert(rfc3339_parse(NOW, strlen(NOW), &v.now_us));
    problems_init(&f.problems, &f.a);
    validate_submission(f.s, &v, &f.problems, f.phone);
}

static const char *all_problems(void)
{
    static char text[8192];
    size_t len = 0;

    text[0] = '\0';
    for (size_t i = 0; i < f.problems.count && len < sizeof text; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s %s (%s); ", f.problems.items[i].path,
                                f.problems.items[i].code, f.problems.items[i].message);
    return text;
}

#define assert_valid()                                                                                                 \
    do {                                                                                                               \
        validate();                                                                                                    \
        cr_assert_eq(f.problems.count, 0, "%s", all_problems());                                                       \
    } while (0)

static bool has(const char *path, const char *code)
{
    for (size_t i = 0; i < f.problems.count; i++)
        if (strcmp(f.problems.items[i].path, path) == 0 && strcmp(f.problems.items[i].code, code) == 0)
            return true;
    return false;
}

/* That, and nothing else. */
#define assert_problem(path, code)                                                                                     \
    do {                                                                                                               \
        validate();                                                                                                    \
        cr_assert(f.problems.count == 1 && has(path, code), "wanted %s %s, got: %s", path, code, all_problems());      \
        cr_assert(f.problems.items[0].message[0] != '\0');                                                             \
    } while (0)

static char *text(const char *s)
{
    return arena_strdup(&f.a, s);
}

/* So many times a character of three bytes. */
static char *repeat(size_t count)
{
    struct strbuf b;

    strbuf_init(&b, &f.a);
    while (count-- > 0)
        strbuf_adds(&b, "漏");
    return b.data;
}

static void at(Google__Protobuf__Timestamp *t, int64_t seconds_from_now)
{
    int64_t now_us;

    rfc3339_parse(NOW, strlen(NOW), &now_us);
    t->seconds = now_us / 1000000 + seconds_from_now;
    t->nanos = 0;
}

Test(validate, a_complete_one_is_valid)
{
    assert_valid();
    cr_assert_str_eq(f.phone, "+8613800138000");
}

Test(validate, what_was_split_off_need_not_say_again_who_where_how_and_when)
{
    f.s->split_from = text("YHHY-20260918-00001");
    f.s->complainant = NULL;
    f.s->project_code = f.s->building = f.s->unit = text("");
    f.s->channel = REDRESS__V1__CHANNEL__CHANNEL_UNSPECIFIED;
    f.s->received_at = NULL;
    assert_valid();
    f.s->description = text("");
    assert_problem("description", "required");
}

Test(validate, the_least_that_is_needed)
{
    f.s->channel = REDRESS__V1__CHANNEL__CHANNEL_LETTER;
    f.s->occurred_at = NULL;
    f.s->building = f.s->unit = f.s->category_code = f.s->goods_or_service = f.s->demand = f.s->submitted_by = text("");
    f.s->amount_fen = NULL;
    f.s->n_evidence = 0;
    f.s->call = NULL;
    f.s->clear = NULL;
    f.s->complainant->kind = REDRESS__V1__COMPLAINANT_KIND__COMPLAINANT_KIND_UNSPECIFIED;
    f.s->complainant->phone = f.s->complainant->email = text("");
    assert_valid();
    cr_assert_str_eq(f.phone, "");
}

Test(validate, each_required_text_is_missed)
{
    struct {
        char **field;
        const char *path;
    } const fields[] = {
        { &f.s->tenant, "tenant" },
        { &f.s->source, "source" },
        { &f.s->source_event_id, "source_event_id" },
        { &f.s->project_code, "project_code" },
        { &f.s->description, "description" },
        { &f.s->complainant->name, "complainant.name" },
        { &f.s->evidence[0]->uri, "evidence[0].uri" },
    };
    static const char *const nothings[] = { "", " ", "\t\n", "　" };

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        for (size_t k = 0; k < sizeof nothings / sizeof *nothings; k++) {
            char *before = *fields[i].field;
            *fields[i].field = text(nothings[k]);
            assert_problem(fields[i].path, "required");
            *fields[i].field = before;
        }
}

Test(validate, channel_and_time_of_receipt_are_required)
{
    f.s->channel = REDRESS__V1__CHANNEL__CHANNEL_UNSPECIFIED;
    assert_problem("channel", "required");
    f.s->channel = REDRESS__V1__CHANNEL__CHANNEL_LETTER;
    f.s->received_at = NULL;
    assert_problem("received_at", "required");
}

Test(validate, one_way_to_reach_the_complainant_is_enough_and_none_is_not)
{
    Redress__V1__Complainant *c = f.s->complainant;
    char *phone = c->phone, *email = c->email;

    c->phone = c->email = text("");
    assert_valid();
    c->address = text(" ");
    assert_problem("complainant", "required");
    c->email = email;
    assert_valid();
    c->email = text("");
    c->phone = phone;
    assert_valid();
}

Test(validate, without_a_complainant_name_and_contact_are_missed)
{
    f.s->complainant = NULL;
    validate();
    cr_assert_eq(f.problems.count, 2, "%s", all_problems());
    cr_assert(has("complainant.name", "required") && has("complainant", "required"));
}

Test(validate, what_a_channel_needs)
{
    f.s->channel = REDRESS__V1__CHANNEL__CHANNEL_EMPLOYEE;
    f.s->submitted_by = text("");
    assert_problem("submitted_by", "required");
    f.s->channel = REDRESS__V1__CHANNEL__CHANNEL_EMAIL;
    assert_valid();
    f.s->complainant->email = text("");
    assert_problem("complainant.email", "required");
    f.s->channel = REDRESS__V1__CHANNEL__CHANNEL_HOTLINE;
    f.s->call->call_id = text("");
    assert_problem("call.call_id", "required");
    f.s->call = NULL;
    assert_problem("call.call_id", "required");
    f.s->channel = REDRESS__V1__CHANNEL__CHANNEL_WECHAT;
    assert_valid();
}

Test(validate, lengths_are_counted_in_characters)
{
    struct {
        char **field;
        const char *path;
        size_t max;
    } const fields[] = {
        { &f.s->source, "source", 64 },
        { &f.s->source_event_id, "source_event_id", 128 },
        { &f.s->unit, "unit", 32 },
        { &f.s->description, "description", 10000 },
        { &f.s->goods_or_service, "goods_or_service", 500 },
        { &f.s->demand, "demand", 2000 },
        { &f.s->submitted_by, "submitted_by", 64 },
        { &f.s->complainant->name, "complainant.name", 100 },
        { &f.s->complainant->address, "complainant.address", 500 },
        { &f.s->call->call_id, "call.call_id", 128 },
        { &f.s->call->agent_id, "call.agent_id", 64 },
        { &f.s->call->caller, "call.caller", 32 },
    };

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        char *before = *fields[i].field;
        *fields[i].field = repeat(fields[i].max);
        assert_valid();
        *fields[i].field = repeat(fields[i].max + 1);
        assert_problem(fields[i].path, "too_long");
        *fields[i].field = before;
    }
}

Test(validate, codes_and_links_have_their_length_too)
{
    char *uri = arena_calloc(&f.a, 2050, 1);

    f.s->project_code = text("YHHYYHHYYHHYYHHYYHHYYHHYYHHYYHHYY");
    validate();
    cr_assert(has("project_code", "too_long") && has("project_code", "unknown_project"), "%s", all_problems());
    f.s->project_code = text("YHHY");
    memset(uri, 'a', 2049);
    memcpy(uri, "https:", 6);
    f.s->evidence[0]->uri = uri;
    assert_problem("evidence[0].uri", "too_long");
    uri[2048] = '\0';
    assert_valid();
}

Test(validate, lines_have_no_control_characters_but_texts_may)
{
    f.s->source = text("a\nb");
    assert_problem("source", "invalid_format");
    f.s->source = text("a");
    f.s->source_event_id = text("a\x7f");
    assert_problem("source_event_id", "invalid_format");
    f.s->source_event_id = text("a\xc2\x85"); /* U+0085 */
    assert_problem("source_event_id", "invalid_format");
    f.s->source_event_id = text("a");
    f.s->complainant->name = text("张\r\n三");
    assert_problem("complainant.name", "invalid_format");
    f.s->complainant->name = text("张三");
    f.s->description = text("一\n二\v三");
    assert_valid();
}

Test(validate, text_must_be_utf8)
{
    f.s->description = text("\xff");
    assert_problem("description", "invalid_utf8");
    f.s->description = text("ok");
    f.s->complainant->phone = text("\xc3");
    assert_problem("complainant.phone", "invalid_utf8");
}

Test(validate, tenant_project_and_building_must_be_known)
{
    f.s->tenant = text("demo2");
    assert_problem("tenant", "unknown_tenant");
    f.s->tenant = text("demo");
    f.s->project_code = text("yhhy");
    assert_problem("project_code", "unknown_project");
    f.s->project_code = text("YHHY");
    f.s->building = text("4");
    assert_problem("building", "unknown_building");
    f.s->building = text("");
    assert_valid();
    f.s->building = text("whatever");
    f.s->project_code = text("OPEN"); /* has no list of buildings */
    assert_valid();
}

Test(validate, without_tenants_the_rest_is_checked)
{
    tenants_free(f.tenants);
    f.tenants = NULL;
    f.s->tenant = text("nobody");
    f.s->project_code = text("nothing");
    assert_valid();
}

Test(validate, unknown_numbers_of_enums)
{
    f.s->channel = (Redress__V1__Channel)10;
    assert_problem("channel", "unknown_enum");
    f.s->channel = (Redress__V1__Channel)-1;
    assert_problem("channel", "unknown_enum");
    f.s->channel = REDRESS__V1__CHANNEL__CHANNEL_LETTER;
    f.s->complainant->kind = (Redress__V1__ComplainantKind)3;
    assert_problem("complainant.kind", "unknown_enum");
    f.s->complainant->kind = REDRESS__V1__COMPLAINANT_KIND__COMPLAINANT_KIND_CORPORATE;
    f.s->complainant->preferred_channel = (Redress__V1__ContactChannel)6;
    assert_problem("complainant.preferred_channel", "unknown_enum");
}

Test(validate, every_channel_of_r1_is_known)
{
    for (int channel = 1; channel <= 9; channel++) {
        f.s->channel = (Redress__V1__Channel)channel;
        assert_valid();
    }
}

Test(validate, received_at_most_five_minutes_ahead_and_400_days_back)
{
    f.s->occurred_at = NULL;
    at(f.s->received_at, 300);
    assert_valid();
    at(f.s->received_at, 301);
    assert_problem("received_at", "in_future");
    at(f.s->received_at, -400 * DAY);
    assert_valid();
    at(f.s->received_at, -400 * DAY - 1);
    assert_problem("received_at", "too_old");
}

Test(validate, occurred_before_it_was_received_and_within_50_years)
{
    at(f.s->received_at, -3600);
    at(f.s->occurred_at, -3600 + 300);
    assert_valid();
    at(f.s->occurred_at, -3600 + 301);
    assert_problem("occurred_at", "out_of_range");
    at(f.s->occurred_at, -49 * 366 * DAY);
    assert_valid();
    at(f.s->occurred_at, -51 * 366 * DAY);
    assert_problem("occurred_at", "too_old");
    at(f.s->received_at, 0);
    at(f.s->occurred_at, 301);
    assert_problem("occurred_at", "in_future");
}

Test(validate, impossible_timestamps)
{
    f.s->received_at->nanos = 1000000000;
    assert_problem("received_at", "out_of_range");
    f.s->received_at->nanos = -1;
    assert_problem("received_at", "out_of_range");
    f.s->received_at->nanos = 999999999;
    assert_valid();
    f.s->received_at->seconds = INT64_MAX;
    assert_problem("received_at", "out_of_range");
    f.s->received_at->seconds = INT64_MIN;
    assert_problem("received_at", "out_of_range");
    at(f.s->received_at, 0);
    f.s->call->started_at->seconds = 253402300800;
    assert_problem("call.started_at", "out_of_range");
    at(f.s->call->started_at, 301);
    assert_problem("call.started_at", "in_future");
}

Test(validate, phone)
{
    f.s->complainant->phone = text("1380013800");
    assert_problem("complainant.phone", "invalid_phone");
    f.s->complainant->phone = text("138****8000");
    assert_problem("complainant.phone", "invalid_phone");
    f.s->complainant->phone = text("0755-88886666转12");
    assert_valid();
}

Test(validate, email)
{
    static const char *const good[] = { "a@b.cn", "A.B_c-d+e@sub.example.com", "1@163.com", "x@a-b.example" };
    static const char *const bad[] = {
        "a",           "@b.cn",    "a@",        "a@b",      "a b@c.cn",     "a@b..cn",       "a@.b.cn",
        ".a@b.cn",     "a.@b.cn",  "a..b@c.cn", "a@-b.cn",  "a@b-.cn",      "a@b.cn.",       "张三@b.cn",
        "a@b.cn\nBcc", "a@b@c.cn", "<a@b.cn>",  "a@b_c.cn", "a@b.cn,c@d.e", "a@[127.0.0.1]",
    };

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        f.s->complainant->email = text(good[i]);
        assert_valid();
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        f.s->complainant->email = text(bad[i]);
        validate();
        cr_assert(has("complainant.email", "invalid_email"), "%s: %s", bad[i], all_problems());
    }
}

Test(validate, category_has_small_letters_digits_dots_and_underscores)
{
    f.s->category_code = text("no.such_category.2");
    assert_valid();
    f.s->category_code = text("Quality");
    assert_problem("category_code", "invalid_format");
    f.s->category_code = text("质量");
    assert_problem("category_code", "invalid_format");
}

Test(validate, evidence)
{
    static const char *const bad_uris[] = {
        "photo.jpg", "javascript:alert(1)", "JavaScript:alert(1)", "data:x",    "https:", "://x", "https://a b",
        ":x",        "ht tp://a",           "https://a\nb",        "vbscript:x"
    };
    Redress__V1__Evidence *e = f.s->evidence[0];

    for (size_t i = 0; i < sizeof bad_uris / sizeof *bad_uris; i++) {
        e->uri = text(bad_uris[i]);
        assert_problem("evidence[0].uri", "invalid_format");
    }
    e->uri = text("oss://bucket/照片.jpg");
    e->media_type = text("jpeg");
    assert_problem("evidence[0].media_type", "invalid_format");
    e->media_type = text("text/plain; charset=utf-8");
    e->sha256.len = 31;
    assert_problem("evidence[0].sha256", "invalid_format");
    e->sha256.len = 0;
    assert_valid();
    e->size = -1;
    assert_problem("evidence[0].size", "out_of_range");
}

Test(validate, at_most_fifty_pieces_of_evidence)
{
    Redress__V1__Evidence **list = arena_array(&f.a, Redress__V1__Evidence *, 51);

    for (size_t i = 0; i < 51; i++)
        list[i] = f.s->evidence[0];
    f.s->evidence = list;
    f.s->n_evidence = 50;
    assert_valid();
    f.s->n_evidence = 51;
    assert_problem("evidence", "too_many");
}

Test(validate, amounts_and_durations)
{
    f.s->amount_fen->value = 0;
    assert_valid();
    f.s->amount_fen->value = -1;
    assert_problem("amount_fen", "out_of_range");
    f.s->amount_fen->value = INT64_C(10000000000000);
    assert_valid();
    f.s->amount_fen->value = INT64_MAX;
    assert_problem("amount_fen", "out_of_range");
    f.s->amount_fen = NULL;
    f.s->call->duration_s = -1;
    assert_problem("call.duration_s", "out_of_range");
    f.s->call->duration_s = 86401;
    assert_problem("call.duration_s", "out_of_range");
}

Test(validate, all_problems_at_once_and_no_value_in_a_sentence)
{
    f.s->source = text("");
    f.s->channel = (Redress__V1__Channel)77;
    f.s->project_code = text("SECRET");
    f.s->complainant->name = text("");
    f.s->complainant->phone = text("99912345");
    f.s->complainant->email = text("SECRET@x");
    f.s->evidence[0]->uri = text("SECRET");
    f.s->amount_fen->value = -1;
    validate();
    cr_assert_eq(f.problems.count, 8, "%s", all_problems());
    cr_assert_null(strstr(all_problems(), "SECRET"));
    cr_assert_null(strstr(all_problems(), "99912345"));
}

Test(validate, an_empty_message_names_everything_that_is_missing)
{
    Redress__V1__Submission empty = REDRESS__V1__SUBMISSION__INIT;

    f.s = &empty;
    validate();
    cr_assert_eq(f.problems.count, 9, "%s", all_problems());
    for (size_t i = 0; i < f.problems.count; i++)
        cr_assert_str_eq(f.problems.items[i].code, "required");
}

Test(validate, what_can_be_echoed)
{
    cr_assert(text_is_echoable("a", 1, 256));
    cr_assert_not(text_is_echoable("", 0, 256));
    cr_assert_not(text_is_echoable("a\nb", 3, 256));
    cr_assert_not(text_is_echoable("a\0b", 3, 256));
    cr_assert_not(text_is_echoable("\xff", 1, 256));
    cr_assert_not(text_is_echoable("abc", 3, 2));
}
