#include "services/intake/number.h"

#include <criterion/criterion.h>
#include <string.h>

static void assert_number(const char *format, const char *project, int64_t seq, const char *expected)
{
    struct number_format f;
    const char *why = "";
    char out[NUMBER_SIZE];

    cr_assert_eq(number_format_parse(format, &f, &why), 0, "%s: %s", format, why);
    number_render(&f, project, "20260918", seq, out);
    cr_assert_str_eq(out, expected, "%s gave %s", format, out);
}

static void assert_series(const char *format, const char *project, const char *expected)
{
    struct number_format f;
    const char *why = "";
    char out[NUMBER_SIZE];

    cr_assert_eq(number_format_parse(format, &f, &why), 0, "%s: %s", format, why);
    number_series(&f, project, "20260918", out);
    cr_assert_str_eq(out, expected);
}

static void assert_refused(const char *format, const char *reason)
{
    struct number_format f;
    const char *why = "";

    cr_assert_eq(number_format_parse(format, &f, &why), 1, "%s was taken", format);
    cr_assert(strstr(why, reason), "%s: %s", format, why);
}

Test(number, the_default_format)
{
    assert_number("{project}-{yyyymmdd}-{seq:05}", "YHHY", 42, "YHHY-20260918-00042");
}

Test(number, every_placeholder)
{
    assert_number("{project}.{yyyy}.{seq}", "A1", 7, "A1.2026.7");
    assert_number("TS{yyyymm}-{seq:03}", "A1", 7, "TS202609-007");
    assert_number("{seq:09}_{project}", "A-1", 1, "000000001_A-1");
    assert_number("{seq}", "A", 9, "9");
}

Test(number, a_sequence_longer_than_its_width_is_never_cut)
{
    assert_number("{project}-{seq:02}", "A", 100, "A-100");
    assert_number("{project}-{seq:02}", "A", INT64_MAX, "A-9223372036854775807");
}

Test(number, the_sequence_counts_per_what_the_rest_of_the_format_says)
{
    assert_series("{project}-{yyyymmdd}-{seq:05}", "YHHY", "YHHY-20260918-*");
    assert_series("{yyyy}-{seq:05}", "YHHY", "2026-*");
    assert_series("{seq:05}", "YHHY", "*");
}

Test(number, formats_without_one_sequence_are_refused)
{
    assert_refused("", "{seq}");
    assert_refused("{project}-{yyyymmdd}", "exactly once");
    assert_refused("{seq}-{seq}", "exactly once");
}

Test(number, unknown_placeholders_and_characters_are_refused)
{
    assert_refused("{month}-{seq}", "placeholder");
    assert_refused("{seq:00}", "placeholder");
    assert_refused("{seq:10}", "placeholder");
    assert_refused("{seq:5}", "placeholder");
    assert_refused("{seq", "placeholder");
    assert_refused("A}-{seq}", "character");
    assert_refused("A B-{seq}", "character");
    assert_refused("A/{seq}", "character");
    assert_refused("投诉-{seq}", "character");
    assert_refused("A\n-{seq}", "character");
}

Test(number, formats_that_could_give_a_number_twice_are_refused)
{
    assert_refused("{project}{seq}", "between"); /* project A1 with 2, project A with 12 */
    assert_refused("{seq}{yyyy}", "between");
    assert_refused("A1{seq}", "between");
    assert_refused("{seq}1A", "between");
    assert_refused("{project}-{seq}-{project}", "only once");
}

Test(number, the_longest_number_fits)
{
    char format[NUMBER_FORMAT_MAX + 2] = "{project}-{seq:09}-", project[33], out[NUMBER_SIZE];
    struct number_format f;
    const char *why = "";

    memset(format + strlen(format), 'x', NUMBER_FORMAT_MAX - strlen(format));
    memset(project, 'P', 32);
    project[32] = '\0';
    cr_assert_eq(number_format_parse(format, &f, &why), 0, "%s", why);
    number_render(&f, project, "20260918", INT64_MAX, out);
    cr_assert_eq(strlen(out), 32 + 1 + 19 + 1 + (NUMBER_FORMAT_MAX - strlen("{project}-{seq:09}-")));
    format[NUMBER_FORMAT_MAX] = 'x';
    assert_refused(format, "longer");
}
