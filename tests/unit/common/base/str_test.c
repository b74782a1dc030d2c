#include "common/base/str.h"

#include <criterion/criterion.h>
#include <string.h>

static struct arena a;

static void setup(void)
{
    arena_init(&a, 0);
}

static void teardown(void)
{
    arena_done(&a);
}

TestSuite(str, .init = setup, .fini = teardown);

Test(str, utf8_takes_only_well_formed_text)
{
    static const char *const good[] = { "", "abc", "渗漏水", "\xf0\x9f\x8f\xa0", "\xc2\x80", "\xef\xbf\xbf" };
    static const char *const bad[] = { "\x80",         "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                       "\xf8\x88\x80", "\xe6\xb8", "\xff" };

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_expect(utf8_valid(good[i], strlen(good[i])), "good %zu", i);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_not(utf8_valid(bad[i], strlen(bad[i])), "bad %zu", i);
    cr_expect(utf8_valid("a\0b", 3));
}

Test(str, utf8_counts_characters_and_columns)
{
    cr_expect_eq(utf8_count("漏水3", strlen("漏水3")), 3);
    cr_expect_eq(utf8_width("漏水3", strlen("漏水3")), 5);
    cr_expect_eq(utf8_width("abc", 3), 3);
}

Test(str, builder_grows)
{
    struct strbuf b;

    strbuf_init(&b, &a);
    for (int i = 0; i < 1000; i++)
        strbuf_printf(&b, "%d,", i);
    cr_expect_eq(b.len, 3890);
    cr_expect_eq(strncmp(b.data, "0,1,2,", 6), 0);
    cr_expect_eq(b.data[b.len], '\0');
}

Test(str, json_strings_are_escaped)
{
    struct strbuf b;

    strbuf_init(&b, &a);
    strbuf_add_json(&b, "a\"\\\n\x01\xff漏", strlen("a\"\\\n\x01\xff漏"));
    cr_expect_str_eq(b.data, "\"a\\\"\\\\\\n\\u0001\xef\xbf\xbd漏\"");
}

Test(str, hex_and_base64_go_both_ways)
{
    unsigned char bytes[5], in[5] = { 0, 1, 0xfe, 0xff, 0x10 };
    char hex[11];
    size_t len;
    void *out;

    hex_encode(in, 5, hex);
    cr_expect_str_eq(hex, "0001feff10");
    cr_expect(hex_decode(hex, 10, bytes, 5));
    cr_expect_arr_eq(bytes, in, 5);
    cr_expect_not(hex_decode("0g", 2, bytes, 1));
    cr_expect_not(hex_decode("00", 2, bytes, 2));
    for (size_t n = 0; n <= 5; n++) {
        char *text = base64_encode(&a, in, n);
        out = base64_decode(&a, text, strlen(text), &len);
        cr_assert_not_null(out);
        cr_expect_eq(len, n);
        cr_expect_eq(memcmp(out, in, n), 0);
    }
    cr_expect_null(base64_decode(&a, "a", 1, &len));
    cr_expect_null(base64_decode(&a, "a*==", 4, &len));
    cr_expect_not_null(base64_decode(&a, "_-8", 3, &len));
}

Test(str, numbers_are_whole_strings_in_range)
{
    int64_t v;

    cr_expect(parse_int64("-12", -100, 100, &v));
    cr_expect_eq(v, -12);
    cr_expect_not(parse_int64("12x", 0, 100, &v));
    cr_expect_not(parse_int64("", 0, 100, &v));
    cr_expect_not(parse_int64(" 1", 0, 100, &v));
    cr_expect_not(parse_int64("101", 0, 100, &v));
    cr_expect_not(parse_int64("99999999999999999999", 0, INT64_MAX, &v));
}
