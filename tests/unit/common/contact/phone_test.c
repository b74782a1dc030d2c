#include "common/contact/phone.h"

#include <criterion/criterion.h>
#include <string.h>

static void assert_canonical(const char *text, const char *expected)
{
    char out[PHONE_SIZE] = "";

    cr_assert(phone_normalise(text, out), "%s was refused", text);
    cr_assert_str_eq(out, expected, "%s became %s, not %s", text, out, expected);
}

static void assert_refused(const char *text)
{
    char out[PHONE_SIZE] = "untouched";

    cr_assert_not(phone_normalise(text, out), "%s became %s", text, out);
    cr_assert_str_eq(out, "untouched");
}

static void assert_masked(const char *text, const char *expected)
{
    char canonical[PHONE_SIZE], out[PHONE_MASKED_SIZE];

    cr_assert(phone_normalise(text, canonical), "%s was refused", text);
    phone_mask(canonical, out);
    cr_assert_str_eq(out, expected, "%s is shown as %s, not %s", text, out, expected);
}

Test(phone, one_mobile_has_one_form_however_it_is_written)
{
    static const char *const forms[] = {
        "13800138000",          "138 0013 8000",    "138-0013-8000",          "+8613800138000",
        "+86 138 0013 8000",    "86 13800138000",   "008613800138000",        "0086-13800138000",
        "013800138000",         "(+86)13800138000", "１３８００１３８０００", "138　0013　8000",
        "+86－138－0013－8000", " 13800138000 ",    "138–0013–8000",
    };

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        assert_canonical(forms[i], "+8613800138000");
}

Test(phone, mobiles_begin_with_13_to_19)
{
    assert_canonical("19912345678", "+8619912345678");
    assert_refused("12012345678");
    assert_refused("11012345678");
}

Test(phone, a_digit_too_few_or_too_many_is_refused)
{
    assert_refused("1380013800");
    assert_refused("138001380001");
    assert_refused("+861380013800");
    assert_refused("+86138001380001");
    assert_refused("861380013800");
}

Test(phone, landlines_need_their_area_code)
{
    assert_canonical("0755-88886666", "+8675588886666");
    assert_canonical("075588886666", "+8675588886666");
    assert_canonical("(0755) 8888 6666", "+8675588886666");
    assert_canonical("+86 755 8888 6666", "+8675588886666");
    assert_canonical("+86 0755 8888 6666", "+8675588886666");
    assert_canonical("010-65529988", "+861065529988");
    assert_canonical("021 6552 9988", "+862165529988");
    assert_canonical("0351-4567890", "+863514567890");
    assert_refused("88886666");
    assert_refused("010-6552998");    /* Beijing has eight digits */
    assert_refused("0755-188886666"); /* too many */
    assert_refused("0755-08886666");  /* no local number begins with 0 */
}

Test(phone, an_extension_is_kept_apart)
{
    assert_canonical("0755-88886666-123", "+8675588886666;ext=123");
    assert_canonical("0755-88886666转123", "+8675588886666;ext=123");
    assert_canonical("0755-88886666 轉 123", "+8675588886666;ext=123");
    assert_canonical("0755-88886666转分机123", "+8675588886666;ext=123");
    assert_canonical("0755-88886666 ext. 123", "+8675588886666;ext=123");
    assert_canonical("400-800-1234-5", "+864008001234;ext=5");
    assert_refused("0755-88886666转");
    assert_refused("0755-88886666转1234567");
    assert_refused("转123");
    assert_refused("13800138000-123"); /* a mobile has none behind a hyphen */
}

Test(phone, service_numbers)
{
    assert_canonical("400-800-1234", "+864008001234");
    assert_canonical("8008201234", "+868008201234");
    assert_canonical("+86 400 800 1234", "+864008001234");
    assert_refused("400-800-123");
    assert_refused("500-800-1234");
}

Test(phone, other_countries_have_8_to_15_digits)
{
    assert_canonical("+852 9123 4567", "+85291234567");
    assert_canonical("00852 9123 4567", "+85291234567");
    assert_canonical("+1 (415) 555-2671", "+14155552671");
    assert_canonical("+123456789012345", "+123456789012345");
    assert_refused("+1234567");
    assert_refused("+1234567890123456");
    assert_refused("+0123456789");
}

Test(phone, what_is_no_number)
{
    static const char *const texts[] = {
        "",
        " ",
        "+",
        "-",
        "x",
        "abc",
        "无",
        "138****8000",
        "+86",
        "00",
        "0086",
        "1 or 1=1",
        "++8613800138000",
        "13800138000\n",
        "8613800138000+",
        "138.0013.8000",
        "110",
        "13800138000 张三",
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_refused(texts[i]);
}

Test(phone, endless_text_is_refused_and_hurts_nobody)
{
    char text[4096];

    memset(text, '1', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_refused(text);
    memset(text, '-', sizeof text - 1);
    assert_refused(text);
}

Test(phone, people_see_only_enough_to_recognise_it)
{
    assert_masked("13800138000", "138****8000");
    assert_masked("0755-88886666-123", "0755****6666");
    assert_masked("010-65529988", "010****9988");
    assert_masked("0351-4567890", "0351****7890");
    assert_masked("400-800-1234", "400****234");
    assert_masked("+852 9123 4567", "+85****67");
}

Test(phone, the_key_is_the_same_for_every_way_of_writing_and_another_for_every_tenant)
{
    struct vault_key ours = { { 1 } }, theirs = { { 2 } };
    char a[PHONE_SIZE], b[PHONE_SIZE], key_a[VAULT_HASH_TEXT], key_b[VAULT_HASH_TEXT], key_c[VAULT_HASH_TEXT];

    phone_normalise("138 0013 8000", a);
    phone_normalise("+8613800138000", b);
    phone_key(&ours, a, key_a);
    phone_key(&ours, b, key_b);
    phone_key(&theirs, a, key_c);
    cr_assert_str_eq(key_a, key_b);
    cr_assert_str_neq(key_a, key_c);
    cr_assert_eq(strlen(key_a), 32);
}
