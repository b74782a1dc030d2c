#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/base/error.h"
#include "common/event/json.h"
#include "common/event/json_internal.h"
#include "common/event/unpack.h"
#include "google/protobuf/descriptor.pb-c.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "google/protobuf/wrappers.pb-c.h"
#include "odd_message.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "redress/v1/submission.pb-c.h"

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena, (size_t)16 << 20);
}

static void tear_down(void)
{
    arena_done(&arena);
}

TestSuite(json_read, .init = set_up, .fini = tear_down);

static const ProtobufCMessageDescriptor *const submission = &redress__v1__submission__descriptor;
static const ProtobufCMessageDescriptor *const event = &redress__v1__complaint_event__descriptor;

static void *read_as(const ProtobufCMessageDescriptor *d, const char *text)
{
    struct field_problem problem = { "", "", "" };
    ProtobufCMessage *m = NULL;

    cr_assert_eq(json_read(&arena, d, text, strlen(text), &m, &problem), 0, "%s: %s %s: %s", text, problem.path,
                 problem.code, problem.message);
    cr_assert_eq(m->descriptor, d);
    return m;
}

static Redress__V1__Submission *read_submission(const char *text)
{
    return read_as(submission, text);
}

static struct field_problem refused_bytes(const ProtobufCMessageDescriptor *d, const char *text, size_t len)
{
    struct field_problem problem = { NULL, NULL, NULL };
    ProtobufCMessage *untouched = (ProtobufCMessage *)&arena, *m = untouched;

    cr_assert_eq(json_read(&arena, d, text, len, &m, &problem), 1, "taken: %.*s", (int)len, text);
    cr_assert_eq(m, untouched);
    cr_assert(*problem.message, "no message: %.*s", (int)len, text);
    return problem;
}

static void assert_refused_as(const ProtobufCMessageDescriptor *d, const char *text, const char *path, const char *code)
{
    struct field_problem problem = refused_bytes(d, text, strlen(text));

    cr_assert_str_eq(problem.path, path, "%s: path is %s", text, problem.path);
    cr_assert_str_eq(problem.code, code, "%s: code is %s", text, problem.code);
}

static void assert_refused(const char *text, const char *path, const char *code)
{
    assert_refused_as(submission, text, path, code);
}

/* --- fields --- */

Test(json_read, an_empty_object_is_a_message_of_defaults_as_unpacking_makes_it)
{
    Redress__V1__Submission *s = read_submission(" {} "), *unpacked;
    struct field_problem problem;
    ProtobufCMessage *m;

    cr_assert_eq(event_unpack(&arena, submission, NULL, 0, &m, &problem), 0);
    unpacked = (Redress__V1__Submission *)m;
    for (unsigned i = 0; i < submission->n_fields; i++) {
        size_t at = submission->fields[i].offset;
        cr_assert_eq(memcmp((char *)s + at, (char *)unpacked + at, field_size(submission->fields[i].type)), 0, "%s",
                     submission->fields[i].name);
    }
    cr_assert_str_eq(s->tenant, "");
    cr_assert_null(s->complainant);
    cr_assert_eq(s->n_evidence, 0);
}

Test(json_read, both_name_forms_are_read)
{
    cr_assert_str_eq(read_submission("{\"sourceEventId\":\"a\"}")->source_event_id, "a");
    cr_assert_str_eq(read_submission("{\"source_event_id\":\"b\"}")->source_event_id, "b");
}

Test(json_read, other_forms_of_a_name_are_unknown)
{
    assert_refused("{\"SourceEventId\":\"a\"}", "SourceEventId", "unknown_field");
    assert_refused("{\"source_eventId\":\"a\"}", "source_eventId", "unknown_field");
    assert_refused("{\"sourceEventI\":\"a\"}", "sourceEventI", "unknown_field");
    assert_refused("{\"sourceEventIdx\":\"a\"}", "sourceEventIdx", "unknown_field");
    assert_refused("{\"source-event-id\":\"a\"}", "source-event-id", "unknown_field");
    assert_refused("{\"\":1}", "", "unknown_field");
}

Test(json_read, a_problem_has_the_path_of_its_field_in_proto_names)
{
    assert_refused("{\"complainant\":{\"fone\":\"1\"}}", "complainant.fone", "unknown_field");
    assert_refused("{\"complainant\":{\"identityVerified\":1}}", "complainant.identity_verified", "wrong_type");
    assert_refused("{\"evidence\":[{},{},{\"sha256\":\"!\"}]}", "evidence[2].sha256", "wrong_type");
    assert_refused("{\"evidence\":[{},7]}", "evidence[1]", "wrong_type");
    assert_refused_as(event, "{\"assigned\":{\"reasons\":[{\"subject\":\"X\"}]}}", "assigned.reasons[0].subject",
                      "unknown_enum");
}

Test(json_read, names_of_the_sender_are_cut_and_cleaned_in_the_path)
{
    char text[400] = "{\"", name[201];

    memset(name, 'x', 200);
    name[200] = '\0';
    snprintf(text, sizeof text, "{\"%s\":1}", name);
    cr_assert_eq(strlen(refused_bytes(submission, text, strlen(text)).path), 64);
    assert_refused("{\"a\\nb\\u007f\":1}", "a?b?", "unknown_field");
    /* 22 characters of three bytes: the 64th byte would fall into one. */
    assert_refused("{\"业业业业业业业业业业业业业业业业业业业业业业\":1}", "业业业业业业业业业业业业业业业业业业业业业",
                   "unknown_field");
}

Test(json_read, a_problem_never_repeats_a_value)
{
    static const char *const texts[] = {
        "{\"tenant\":13800138000}",
        "{\"channel\":\"13800138000\"}",
        "{\"receivedAt\":\"13800138000\"}",
        "{\"amountFen\":\"x13800138000\"}",
        "{\"call\":{\"durationS\":13800138000}}",
        "{\"tenant\":\"x\" 13800138000",
        "{13800138000",
        "{\"tenant\":\"13800138000",
        "{\"tenant\":\"a\",\"tenant\":\"13800138000\"}",
        "{\"evidence\":[{\"sha256\":\"13800138000!\"}]}",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct field_problem problem = refused_bytes(submission, texts[i], strlen(texts[i]));
        cr_assert_null(strstr(problem.message, "138001"), "%s", problem.message);
        cr_assert_null(strstr(problem.path, "138001"), "%s", problem.path);
    }
}

Test(json_read, null_is_the_default_everywhere)
{
    Redress__V1__Submission *s = read_submission("{\"tenant\":null,\"complainant\":null,\"evidence\":null,"
                                                 "\"amountFen\":null,\"receivedAt\":null,\"channel\":null}");

    cr_assert_str_eq(s->tenant, "");
    cr_assert_null(s->complainant);
    cr_assert_null(s->amount_fen);
    cr_assert_eq(s->n_evidence, 0);
    assert_refused("{\"evidence\":[null]}", "evidence[0]", "wrong_type");
    assert_refused("{\"tennant\":null}", "tennant", "unknown_field");
}

Test(json_read, a_field_given_twice_is_refused_under_any_of_its_names)
{
    assert_refused("{\"tenant\":\"a\",\"tenant\":\"a\"}", "", "duplicate_field");
    assert_refused("{\"sourceEventId\":\"a\",\"source_event_id\":\"a\"}", "source_event_id", "duplicate_field");
    assert_refused("{\"sourceEventId\":null,\"source_event_id\":\"a\"}", "source_event_id", "duplicate_field");
}

Test(json_read, of_a_oneof_one_member)
{
    Redress__V1__ComplaintEvent *e = read_as(event, "{\"registered\":null,\"assigned\":{\"departmentCode\":\"eng\"}}");

    cr_assert_eq(e->event_case, REDRESS__V1__COMPLAINT_EVENT__EVENT_ASSIGNED);
    cr_assert_str_eq(e->assigned->department_code, "eng");
    assert_refused_as(event, "{\"assigned\":{},\"registered\":{}}", "registered", "duplicate_field");
    assert_refused_as(event, "{\"assigned\":{\"x\":1}}", "assigned.x", "unknown_field");
}

Test(json_read, a_scalar_in_a_oneof_is_set_even_when_zero)
{
    struct odd *o = read_as(&odd_descriptor, "{\"small\":0}");

    cr_assert_eq(o->choice_case, 4);
    o = read_as(&odd_descriptor, "{\"word\":\"\"}");
    cr_assert_eq(o->choice_case, 5);
    cr_assert_str_eq(o->word, "");
}

Test(json_read, lists)
{
    struct odd *o = read_as(&odd_descriptor, "{\"numbers\":[1,\"-2\",3e0],\"words\":[\"\",\"业\"],\"channels\":[1,"
                                             "\"CHANNEL_EMAIL\",99]}");
    Redress__V1__Submission *s = read_submission("{\"evidence\":[{\"uri\":\"a\"},{\"uri\":\"b\"}]}");

    cr_assert_eq(o->n_numbers, 3);
    cr_assert(o->numbers[0] == 1 && o->numbers[1] == -2 && o->numbers[2] == 3);
    cr_assert_eq(o->n_words, 2);
    cr_assert_str_eq(o->words[1], "业");
    cr_assert_eq(o->n_channels, 3);
    cr_assert(o->channels[1] == REDRESS__V1__CHANNEL__CHANNEL_EMAIL && (int)o->channels[2] == 99);
    cr_assert_eq(s->n_evidence, 2);
    cr_assert_str_eq(s->evidence[1]->uri, "b");
    cr_assert_eq(read_submission("{\"evidence\":[]}")->n_evidence, 0);
    assert_refused_as(&odd_descriptor, "{\"words\":[\"a\",1]}", "words[1]", "wrong_type");
    assert_refused("{\"evidence\":{}}", "evidence", "wrong_type");
}

/* --- numbers --- */

Test(json_read, numbers_bare_or_in_strings)
{
    cr_assert_eq(read_submission("{\"amountFen\":9223372036854775807}")->amount_fen->value, INT64_MAX);
    cr_assert_eq(read_submission("{\"amountFen\":\"-9223372036854775808\"}")->amount_fen->value, INT64_MIN);
    cr_assert_eq(read_submission("{\"amountFen\":1.5e1}")->amount_fen->value, 15);
    cr_assert_eq(read_submission("{\"amountFen\":0}")->amount_fen->value, 0);
    cr_assert_eq(read_submission("{\"call\":{\"durationS\":\"-2147483648\"}}")->call->duration_s, INT32_MIN);
    cr_assert_eq(((struct odd *)read_as(&odd_descriptor, "{\"wide\":\"18446744073709551615\"}"))->wide, UINT64_MAX);
    cr_assert_eq(((struct odd *)read_as(&odd_descriptor, "{\"small\":4294967295}"))->small, UINT32_MAX);
}

Test(json_read, numbers_that_do_not_fit_are_out_of_range)
{
    assert_refused("{\"amountFen\":\"9223372036854775808\"}", "amount_fen", "out_of_range");
    assert_refused("{\"amountFen\":\"-9223372036854775809\"}", "amount_fen", "out_of_range");
    assert_refused("{\"amountFen\":1e19}", "amount_fen", "out_of_range");
    assert_refused("{\"amountFen\":9223372036854775808}", "", "out_of_range");
    assert_refused("{\"amountFen\":1e999}", "", "out_of_range");
    assert_refused("{\"amountFen\":\"99999999999999999999999999999\"}", "amount_fen", "out_of_range");
    assert_refused("{\"call\":{\"durationS\":2147483648}}", "call.duration_s", "out_of_range");
    assert_refused("{\"call\":{\"durationS\":-2147483649}}", "call.duration_s", "out_of_range");
    assert_refused("{\"channel\":2147483648}", "channel", "out_of_range");
    assert_refused_as(&odd_descriptor, "{\"small\":-1}", "small", "out_of_range");
    assert_refused_as(&odd_descriptor, "{\"small\":4294967296}", "small", "out_of_range");
    assert_refused_as(&odd_descriptor, "{\"wide\":\"18446744073709551616\"}", "wide", "out_of_range");
}

Test(json_read, what_is_no_whole_number_is_refused)
{
    static const char *const values[] = { "1.5",    "\"1.0\"", "\"1e2\"", "\"\"",    "\"-\"", "\" 1\"",
                                          "\"1 \"", "\"+1\"",  "\"0x1\"", "\"1_0\"", "true",  "[]",
                                          "{}",     "\"NaN\"", "\"１\"",  "\"1\\n\"" };
    char text[64];

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        snprintf(text, sizeof text, "{\"amountFen\":%s}", values[i]);
        assert_refused(text, "amount_fen", "wrong_type");
    }
}

static double read_double(const char *text)
{
    return ((Google__Protobuf__DoubleValue *)read_as(&google__protobuf__double_value__descriptor, text))->value;
}

Test(json_read, real_numbers)
{
    cr_assert_eq(read_double("1.5"), 1.5);
    cr_assert_eq(read_double("7"), 7);
    cr_assert_eq(read_double("\"-1.5E+3\""), -1500);
    cr_assert(isnan(read_double("\"NaN\"")));
    cr_assert_eq(read_double("\"-Infinity\""), -(double)INFINITY);
    cr_assert(signbit(read_double("-0.0")));
    cr_assert_eq(((struct odd *)read_as(&odd_descriptor, "{\"singleReal\":3.4028235e38}"))->single_real,
                 3.4028234663852886e38f);
    assert_refused_as(&odd_descriptor, "{\"single_real\":3.4028236e38}", "single_real", "out_of_range");
    assert_refused_as(&odd_descriptor, "{\"single_real\":\"1e999\"}", "single_real", "out_of_range");
}

Test(json_read, what_is_no_real_number_is_refused)
{
    static const char *const values[] = { "\"nan\"", "\"inf\"", "\"0x1p3\"", "\" 1\"", "\"1.\"", "\".5\"",
                                          "\"1e\"",  "\"\"",    "\"-\"",     "true",   "\"1 \"", "null" };

    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        assert_refused_as(&google__protobuf__double_value__descriptor, values[i], "", "wrong_type");
}

/* --- enums, bools, bytes, text --- */

Test(json_read, enums_by_name_or_number)
{
    cr_assert_eq(read_submission("{\"channel\":\"CHANNEL_HOTLINE\"}")->channel, REDRESS__V1__CHANNEL__CHANNEL_HOTLINE);
    cr_assert_eq(read_submission("{\"channel\":1}")->channel, REDRESS__V1__CHANNEL__CHANNEL_HOTLINE);
    cr_assert_eq((int)read_submission("{\"channel\":77}")->channel, 77);
    cr_assert_eq((int)read_submission("{\"channel\":-1}")->channel, -1);
    assert_refused("{\"channel\":\"CHANNEL_PIGEON\"}", "channel", "unknown_enum");
    assert_refused("{\"channel\":\"channel_hotline\"}", "channel", "unknown_enum");
    assert_refused("{\"channel\":\"1\"}", "channel", "unknown_enum");
    assert_refused("{\"channel\":1.5}", "channel", "wrong_type");
    assert_refused("{\"channel\":true}", "channel", "wrong_type");
}

Test(json_read, bools_are_true_or_false_only)
{
    cr_assert(read_submission("{\"clear\":{\"heard\":true}}")->clear->heard);
    cr_assert_not(read_submission("{\"clear\":{\"heard\":false}}")->clear->heard);
    assert_refused("{\"clear\":{\"heard\":\"true\"}}", "clear.heard", "wrong_type");
    assert_refused("{\"clear\":{\"heard\":0}}", "clear.heard", "wrong_type");
}

Test(json_read, bytes_in_either_alphabet_padded_or_not)
{
    static const char *const same[] = { "+/8=", "-_8=", "+/8", "-_8" };
    char text[64];

    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        snprintf(text, sizeof text, "{\"evidence\":[{\"sha256\":\"%s\"}]}", same[i]);
        ProtobufCBinaryData got = read_submission(text)->evidence[0]->sha256;
        cr_assert_eq(got.len, 2);
        cr_assert_eq(memcmp(got.data, "\xfb\xff", 2), 0);
    }
    cr_assert_null(read_submission("{\"evidence\":[{\"sha256\":\"\"}]}")->evidence[0]->sha256.data);
    assert_refused("{\"evidence\":[{\"sha256\":\"A\"}]}", "evidence[0].sha256", "wrong_type");
    assert_refused("{\"evidence\":[{\"sha256\":\"AA A\"}]}", "evidence[0].sha256", "wrong_type");
    assert_refused("{\"evidence\":[{\"sha256\":[1,2]}]}", "evidence[0].sha256", "wrong_type");
}

Test(json_read, text_keeps_every_character)
{
    cr_assert_str_eq(read_submission("{\"description\":\"\\ud83d\\ude00\\u4e1a\\n𠮷\"}")->description, "😀业\n𠮷");
}

Test(json_read, text_with_nul_or_bad_utf8_is_refused)
{
    static const char nul[] = "{\"tenant\":\"a\0b\"}";

    assert_refused("{\"tenant\":\"a\\u0000b\"}", "", "invalid_utf8");
    assert_refused("{\"a\\u0000b\":1}", "", "invalid_utf8");
    assert_refused("{\"tenant\":\"\xff\"}", "", "invalid_utf8");
    assert_refused("{\"tenant\":\"\xc0\x80\"}", "", "invalid_utf8");
    assert_refused("{\"tenant\":\"\xed\xa0\x80\"}", "", "invalid_utf8");
    assert_refused("{\"tenant\":\"\\ud800\"}", "", "undecodable");
    cr_assert_str_eq(refused_bytes(submission, nul, sizeof nul - 1).code, "undecodable");
}

/* --- times --- */

static void assert_time(const char *text, int64_t seconds, int32_t nanos)
{
    char json[80];
    Google__Protobuf__Timestamp *t;

    snprintf(json, sizeof json, "{\"receivedAt\":\"%s\"}", text);
    t = read_submission(json)->received_at;
    cr_assert(t->seconds == seconds && t->nanos == nanos, "%s: %lld s %d ns", text, (long long)t->seconds, t->nanos);
}

Test(json_read, times_keep_their_nanoseconds)
{
    assert_time("2026-09-18T15:00:00Z", 1789743600, 0);
    assert_time("2026-09-18T15:00:00.5Z", 1789743600, 500000000);
    assert_time("2026-09-18T15:00:00.000000001Z", 1789743600, 1);
    assert_time("2026-09-18T15:00:00.123456789Z", 1789743600, 123456789);
    assert_time("1969-12-31T23:59:59.999999999Z", -1, 999999999);
    assert_time("1969-12-31T23:59:58.000000001Z", -2, 1);
}

Test(json_read, times_with_offsets)
{
    assert_time("2026-09-18T23:00:00+08:00", 1789743600, 0);
    assert_time("2026-09-18T03:30:00.25-11:30", 1789743600, 250000000);
    assert_time("2026-09-18T15:00:00-00:00", 1789743600, 0);
    assert_time("9999-12-31T23:59:59.999999999Z", INT64_C(253402300799), 999999999);
    assert_time("0001-01-01T00:00:00Z", INT64_C(-62135596800), 0);
    assert_refused("{\"receivedAt\":\"9999-12-31T23:59:59-00:01\"}", "received_at", "out_of_range");
    assert_refused("{\"receivedAt\":\"0001-01-01T00:00:00+00:01\"}", "received_at", "out_of_range");
}

Test(json_read, malformed_times_are_refused)
{
    static const char *const times[] = {
        "",
        "2026-09-18",
        "2026-09-18T15:00:00",
        "2026-09-18 15:00:00Z",
        "2026-09-18t15:00:00Z",
        "2026-09-18T15:00:00z",
        "2026-02-29T00:00:00Z",
        "2026-09-18T24:00:00Z",
        "2026-09-18T15:00:60Z",
        "2026-09-18T15:00:00.Z",
        "2026-09-18T15:00:00.1234567890Z",
        "2026-09-18T15:00:00+0800",
        "2026-09-18T15:00:00+24:00",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "2026-09-18T15:00:00Z ",
    };
    char text[80];

    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        snprintf(text, sizeof text, "{\"receivedAt\":\"%s\"}", times[i]);
        assert_refused(text, "received_at", "wrong_type");
    }
    assert_refused("{\"receivedAt\":{\"seconds\":1}}", "received_at", "wrong_type");
    assert_refused("{\"receivedAt\":1789743600}", "received_at", "wrong_type");
}

/* --- not JSON, and too much of it --- */

Test(json_read, what_is_not_json_is_undecodable_and_says_where)
{
    struct field_problem problem = refused_bytes(submission, "{\n \"tenant\": }", 14);

    cr_assert_str_eq(problem.code, "undecodable");
    cr_assert_str_eq(problem.path, "");
    cr_assert(strstr(problem.message, "line 2, column 12 (byte 14)"), "%s", problem.message);
    assert_refused("", "", "undecodable");
    assert_refused("{", "", "undecodable");
    assert_refused("{} {}", "", "undecodable");
    assert_refused("{\"tenant\":\"x\",}", "", "undecodable");
    assert_refused("{'tenant':'x'}", "", "undecodable");
    assert_refused("{\"tenant\":NaN}", "", "undecodable");
    assert_refused("\xef\xbb\xbf{}", "", "undecodable");
    cr_assert_str_eq(refused_bytes(submission, NULL, 0).code, "undecodable");
}

Test(json_read, the_whole_must_be_an_object)
{
    assert_refused("[]", "", "wrong_type");
    assert_refused("\"x\"", "", "wrong_type");
    assert_refused("null", "", "wrong_type");
    assert_refused("1", "", "wrong_type");
}

static const char *nested(size_t depth, const char *inner)
{
    struct strbuf b;

    strbuf_init(&b, &arena);
    for (size_t i = 0; i < depth; i++)
        strbuf_adds(&b, "{\"itself\":");
    strbuf_adds(&b, inner);
    for (size_t i = 0; i < depth; i++)
        strbuf_addc(&b, '}');
    return b.data;
}

Test(json_read, nesting_ends_at_32_levels)
{
    read_as(&odd_descriptor, nested(31, "{}"));
    assert_refused_as(&odd_descriptor, nested(32, "{}"), "", "too_deep");
    assert_refused_as(&odd_descriptor, nested(20000, "{}"), "", "too_deep");
    /* brackets in text do not count */
    read_as(&odd_descriptor, "{\"word\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}");
    read_as(&odd_descriptor, "{\"word\":\"\\\"{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{\"}");
}

Test(json_read, a_bomb_of_values_is_refused_before_it_is_built)
{
    struct strbuf b;

    strbuf_init(&b, &arena);
    strbuf_adds(&b, "{\"evidence\":[{}");
    for (int i = 0; i < 100000; i++)
        strbuf_adds(&b, ",{}");
    strbuf_adds(&b, "]}");
    assert_refused(b.data, "", "too_large");
}

Test(json_read, a_refusal_gives_its_memory_back)
{
    struct strbuf b;
    size_t before;

    strbuf_init(&b, &arena);
    strbuf_adds(&b, "{\"evidence\":[{}");
    for (int i = 0; i < 5000; i++)
        strbuf_adds(&b, ",{}");
    strbuf_adds(&b, ",7]}");
    before = arena.used;
    assert_refused(b.data, "evidence[5001]", "wrong_type");
    cr_assert_lt(arena.used - before, 1024);
}

Test(json_read, a_full_arena_is_no_fault_of_the_record)
{
    static const char text[] =
        "{\"description\":\"0123456789012345678901234567890123456789\",\"evidence\":[{\"sha256\":"
        "\"AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=\"}],\"amountFen\":1}";
    struct field_problem problem = { NULL, NULL, NULL };
    ProtobufCMessage *m = NULL;
    struct arena small;
    int rc;

    for (size_t cap = 16;; cap += 16) {
        arena_init(&small, cap);
        rc = json_read(&small, submission, text, sizeof text - 1, &m, &problem);
        cr_assert(rc == 0 || (rc == ERR_RETRY && m == NULL && small.used == 0), "%d with %zu bytes", rc, cap);
        arena_done(&small);
        if (rc == 0)
            break;
        cr_assert_lt(cap, 4096);
    }
}

Test(json_read, without_room_for_its_texts_a_problem_still_has_its_code)
{
    struct field_problem problem = { NULL, NULL, NULL };
    ProtobufCMessage *m = NULL;
    struct arena none;

    arena_init(&none, 8);
    cr_assert_eq(json_read(&none, submission, "{", 1, &m, &problem), 1);
    cr_assert_str_eq(problem.code, "undecodable");
    cr_assert_str_eq(problem.path, "");
    cr_assert_str_eq(problem.message, "");
    arena_done(&none);
}

Test(json_read, well_known_types_without_a_form_here_are_an_error)
{
    struct field_problem problem;
    ProtobufCMessage *m = NULL;

    cr_assert_eq(json_read(&arena, &google__protobuf__file_options__descriptor, "{}", 2, &m, &problem), ERR_FATAL);
}

/* --- there and back --- */

Test(json_read, what_was_written_reads_back_the_same)
{
    static const char text[] =
        "{\"tenant\":\"vanke\",\"sourceEventId\":\"e-1\",\"channel\":\"CHANNEL_WECHAT\","
        "\"receivedAt\":\"2026-09-18T15:00:00.000000001Z\",\"complainant\":{\"kind\":\"COMPLAINANT_KIND_INDIVIDUAL\","
        "\"name\":\"张三\",\"identityVerified\":true},\"amountFen\":\"0\",\"evidence\":[{\"sha256\":\"AQI=\","
        "\"size\":\"-1\"},{}],\"call\":{\"durationS\":61},\"clear\":{}}";
    Redress__V1__Submission *s = read_submission(text), *again;
    struct field_problem problem;
    ProtobufCMessage *m;
    struct strbuf out;
    size_t len;
    void *packed = event_pack(&arena, &s->base, &len);

    cr_assert_eq(event_unpack(&arena, submission, packed, len, &m, &problem), 0);
    again = (Redress__V1__Submission *)m;
    strbuf_init(&out, &arena);
    cr_assert_eq(json_write(&out, &again->base), 0);
    cr_assert_str_eq(out.data, text);
}
