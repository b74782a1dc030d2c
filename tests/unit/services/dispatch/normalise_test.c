#include <criterion/criterion.h>
#include <string.h>

#include "services/dispatch/normalise.h"

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena, 0);
    cr_assert_eq(normalise_init(), 0);
}

static void tear_down(void)
{
    arena_done(&arena);
}

TestSuite(normalise, .init = set_up, .fini = tear_down);

static void assert_same(const char *text, const char *expected)
{
    struct str s = normalise(&arena, text, strlen(text));

    cr_expect(str_is(s, expected), "%s became %.*s, not %s", text, (int)s.len, s.data, expected);
}

Test(normalise, traditional_and_simplified_are_one)
{
    assert_same("電梯故障，維修師傅沒有來", "电梯故障,维修师傅没有来");
    assert_same("電線著火", "电线着火");
    assert_same("牆面開裂、漏水、樓道垃圾", "墙面开裂、漏水、楼道垃圾");
    assert_same("电梯故障", "电梯故障");
}

Test(normalise, full_width_and_case)
{
    assert_same("ＶＩＰ停车位Ａ座１２０３", "vip停车位a座1203");
    assert_same("WiFi", "wifi");
    assert_same("㎡", "m2");
}

Test(normalise, white_space_says_nothing)
{
    assert_same(" 漏 水\n严　重\t", "漏水严重");
    assert_same("漏\xE2\x80\x8B水", "漏水"); /* zero width space */
}

Test(normalise, both_ways_agree)
{
    /* A character beyond the basic plane sends the text through the whole normaliser. */
    assert_same("電梯 Ａ😀", "电梯a😀");
    assert_same("Cafe\xCC\x81 漏 水", "café漏水");
    assert_same("ﬀ樓", "ff楼");
}

Test(normalise, bad_input_is_survived)
{
    assert_same("", "");
    assert_same("漏\xFF水", "漏\xEF\xBF\xBD水");
    assert_same("\xE6\xBC", "\xEF\xBF\xBD");
}

Test(normalise, once_is_enough)
{
    static const char *const texts[] = { "電梯Ａ 故障", "㎡😀ＷｉＦｉ", "ẞ ǅ ﷺ", "İstanbul" };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct str once = normalise(&arena, texts[i], strlen(texts[i]));
        struct str twice = normalise(&arena, once.data, once.len);

        cr_expect(str_eq(once, twice), "%s", texts[i]);
    }
}

Test(normalise, length_is_capped_at_a_character)
{
    size_t len = NORMALISE_MAX_BYTES + 300;
    char *text = arena_alloc(&arena, len);
    struct str s;

    for (size_t i = 0; i + 3 <= len; i += 3)
        memcpy(text + i, "漏", 3);
    s = normalise(&arena, text, len - len % 3);
    cr_expect_eq(s.len, NORMALISE_MAX_BYTES / 3 * 3);
    cr_expect(utf8_valid(s.data, s.len));
}
