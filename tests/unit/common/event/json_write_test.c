#include <criterion/criterion.h>
#include <float.h>
#include <math.h>

#include "common/base/error.h"
#include "common/event/json.h"
#include "google/protobuf/descriptor.pb-c.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "google/protobuf/wrappers.pb-c.h"
#include "odd_message.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "redress/v1/submission.pb-c.h"

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena, (size_t)4 << 20);
}

static void tear_down(void)
{
    arena_done(&arena);
}

TestSuite(json_write, .init = set_up, .fini = tear_down);

static const char *written(const void *m)
{
    struct strbuf out;

    strbuf_init(&out, &arena);
    cr_assert_eq(json_write(&out, m), 0, "%s", err_text());
    return out.data;
}

static void assert_poison(const void *m)
{
    struct strbuf out;

    strbuf_init(&out, &arena);
    strbuf_adds(&out, "before");
    cr_assert_eq(json_write(&out, m), ERR_POISON);
    cr_assert_str_eq(out.data, "before");
    cr_assert_eq(out.len, 6);
}

Test(json_write, defaults_are_left_out)
{
    Redress__V1__Submission s = REDRESS__V1__SUBMISSION__INIT;

    cr_assert_str_eq(written(&s), "{}");
}

Test(json_write, names_are_lower_camel_case)
{
    Redress__V1__Submission s = REDRESS__V1__SUBMISSION__INIT;

    s.source_event_id = (char *)"a-1";
    s.goods_or_service = (char *)"电梯";
    cr_assert_str_eq(written(&s), "{\"sourceEventId\":\"a-1\",\"goodsOrService\":\"电梯\"}");
}

Test(json_write, wide_numbers_are_strings_and_narrow_ones_are_not)
{
    Redress__V1__Evidence e = REDRESS__V1__EVIDENCE__INIT;
    Redress__V1__Call c = REDRESS__V1__CALL__INIT;

    e.size = INT64_MIN;
    c.duration_s = INT32_MIN;
    cr_assert_str_eq(written(&e), "{\"size\":\"-9223372036854775808\"}");
    cr_assert_str_eq(written(&c), "{\"durationS\":-2147483648}");
}

Test(json_write, a_wrapper_is_its_bare_value_and_zero_is_not_absent)
{
    Redress__V1__Submission s = REDRESS__V1__SUBMISSION__INIT;
    Google__Protobuf__Int64Value amount = GOOGLE__PROTOBUF__INT64_VALUE__INIT;

    s.amount_fen = &amount;
    cr_assert_str_eq(written(&s), "{\"amountFen\":\"0\"}");
    amount.value = 1000000;
    cr_assert_str_eq(written(&s), "{\"amountFen\":\"1000000\"}");
}

Test(json_write, a_part_that_is_set_but_empty_is_not_absent)
{
    Redress__V1__Submission s = REDRESS__V1__SUBMISSION__INIT;
    Redress__V1__Call c = REDRESS__V1__CALL__INIT;
    Redress__V1__Evidence e = REDRESS__V1__EVIDENCE__INIT, *all[] = { &e, &e };

    s.call = &c;
    s.evidence = all;
    s.n_evidence = 2;
    cr_assert_str_eq(written(&s), "{\"evidence\":[{},{}],\"call\":{}}");
}

static const char *written_time(int64_t seconds, int32_t nanos)
{
    Google__Protobuf__Timestamp t = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

    t.seconds = seconds;
    t.nanos = nanos;
    return written(&t);
}

Test(json_write, times_have_no_three_six_or_nine_decimals)
{
    cr_assert_str_eq(written_time(0, 0), "\"1970-01-01T00:00:00Z\"");
    cr_assert_str_eq(written_time(1789743600, 500000000), "\"2026-09-18T15:00:00.500Z\"");
    cr_assert_str_eq(written_time(1789743600, 500100000), "\"2026-09-18T15:00:00.500100Z\"");
    cr_assert_str_eq(written_time(1789743600, 1), "\"2026-09-18T15:00:00.000000001Z\"");
    cr_assert_str_eq(written_time(-1, 999999999), "\"1969-12-31T23:59:59.999999999Z\"");
}

Test(json_write, times_reach_from_the_year_1_to_9999)
{
    Google__Protobuf__Timestamp t = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

    cr_assert_str_eq(written_time(INT64_C(-62135596800), 0), "\"0001-01-01T00:00:00Z\"");
    cr_assert_str_eq(written_time(INT64_C(253402300799), 999999999), "\"9999-12-31T23:59:59.999999999Z\"");
    t.seconds = INT64_C(-62135596801);
    assert_poison(&t);
    t.seconds = INT64_C(253402300800);
    assert_poison(&t);
    t.seconds = INT64_MAX;
    assert_poison(&t);
}

Test(json_write, nanos_outside_a_second_are_poison_and_the_error_names_the_message)
{
    Redress__V1__Submission s = REDRESS__V1__SUBMISSION__INIT;
    Google__Protobuf__Timestamp t = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

    s.tenant = (char *)"t";
    s.received_at = &t;
    t.nanos = -1;
    assert_poison(&s);
    t.nanos = 1000000000;
    assert_poison(&s);
    cr_assert(strstr(err_text(), "redress.v1.Submission"), "%s", err_text());
}

Test(json_write, bytes_are_base64)
{
    Redress__V1__Evidence e = REDRESS__V1__EVIDENCE__INIT;
    uint8_t data[] = { 0xfb, 0xff, 0x00, 0x01 };

    e.sha256 = (ProtobufCBinaryData){ 1, data };
    cr_assert_str_eq(written(&e), "{\"sha256\":\"+w==\"}");
    e.sha256.len = 3;
    cr_assert_str_eq(written(&e), "{\"sha256\":\"+/8A\"}");
    e.sha256.len = 4;
    cr_assert_str_eq(written(&e), "{\"sha256\":\"+/8AAQ==\"}");
}

Test(json_write, enums_are_names_and_unknown_ones_numbers)
{
    Redress__V1__Submission s = REDRESS__V1__SUBMISSION__INIT;

    s.channel = REDRESS__V1__CHANNEL__CHANNEL_HOTLINE;
    cr_assert_str_eq(written(&s), "{\"channel\":\"CHANNEL_HOTLINE\"}");
    s.channel = (Redress__V1__Channel)-7;
    cr_assert_str_eq(written(&s), "{\"channel\":-7}");
}

Test(json_write, text_is_escaped_and_keeps_every_character)
{
    Redress__V1__Submission s = REDRESS__V1__SUBMISSION__INIT;

    s.description = (char *)"\"漏水\"\\\n\x01 𠮷😀";
    cr_assert_str_eq(written(&s), "{\"description\":\"\\\"漏水\\\"\\\\\\n\\u0001 𠮷😀\"}");
}

Test(json_write, text_that_is_not_utf8_is_poison)
{
    Redress__V1__Submission s = REDRESS__V1__SUBMISSION__INIT;

    s.tenant = (char *)"a\xff";
    assert_poison(&s);
    cr_assert(strstr(err_text(), "tenant"), "%s", err_text());
}

Test(json_write, of_a_oneof_the_member_that_is_set)
{
    Redress__V1__ComplaintEvent e = REDRESS__V1__COMPLAINT_EVENT__INIT;
    Redress__V1__Assigned assigned = REDRESS__V1__ASSIGNED__INIT;

    e.event_case = REDRESS__V1__COMPLAINT_EVENT__EVENT_ASSIGNED;
    e.assigned = &assigned;
    cr_assert_str_eq(written(&e), "{\"assigned\":{}}");
}

Test(json_write, a_oneof_knows_that_a_default_is_set)
{
    struct odd o;

    odd_init(&o.base);
    o.choice_case = 4;
    cr_assert_str_eq(written(&o), "{\"small\":0}");
    o.choice_case = 5;
    o.word = (char *)"";
    cr_assert_str_eq(written(&o), "{\"word\":\"\"}");
}

Test(json_write, lists_of_scalars)
{
    int32_t numbers[] = { 0, -1, INT32_MAX };
    char *words[] = { (char *)"", (char *)"业主" };
    Redress__V1__Channel channels[] = { 0, 1, 99 };
    struct odd o;

    odd_init(&o.base);
    o.n_numbers = 3;
    o.numbers = numbers;
    o.n_words = 2;
    o.words = words;
    o.n_channels = 3;
    o.channels = channels;
    o.wide = UINT64_MAX;
    cr_assert_str_eq(written(&o), "{\"numbers\":[0,-1,2147483647],\"words\":[\"\",\"业主\"],"
                                  "\"channels\":[\"CHANNEL_UNSPECIFIED\",\"CHANNEL_HOTLINE\",99],"
                                  "\"wide\":\"18446744073709551615\"}");
}

static const char *written_double(double value)
{
    Google__Protobuf__DoubleValue v = GOOGLE__PROTOBUF__DOUBLE_VALUE__INIT;

    v.value = value;
    return written(&v);
}

static const char *written_float(float value)
{
    Google__Protobuf__FloatValue v = GOOGLE__PROTOBUF__FLOAT_VALUE__INIT;

    v.value = value;
    return written(&v);
}

Test(json_write, real_numbers_have_as_many_digits_as_they_need)
{
    cr_assert_str_eq(written_double(0.1), "0.1");
    cr_assert_str_eq(written_double(1.0 / 3), "0.3333333333333333");
    cr_assert_str_eq(written_double(DBL_MAX), "1.7976931348623157e+308");
    cr_assert_str_eq(written_double(-0.0), "-0.0");
    cr_assert_str_eq(written_float(0.1f), "0.1");
    cr_assert_str_eq(written_float(16777217.0f), "16777216");
    cr_assert_str_eq(written_float(FLT_MAX), "3.4028235e+38");
}

Test(json_write, real_numbers_that_json_lacks_are_strings)
{
    cr_assert_str_eq(written_double((double)NAN), "\"NaN\"");
    cr_assert_str_eq(written_double((double)INFINITY), "\"Infinity\"");
    cr_assert_str_eq(written_float(-INFINITY), "\"-Infinity\"");
}

Test(json_write, well_known_types_without_a_form_here_are_an_error)
{
    Google__Protobuf__FileOptions o = GOOGLE__PROTOBUF__FILE_OPTIONS__INIT;
    struct strbuf out;

    strbuf_init(&out, &arena);
    cr_assert_eq(json_write(&out, &o.base), ERR_FATAL);
    cr_assert_str_eq(out.data, "");
}
