#include "services/notification/form.h"

#include <criterion/criterion.h>
#include <string.h>

static struct arena a;
static struct form f;

static void start(void)
{
    arena_init(&a, 0);
}

static void stop(void)
{
    arena_done(&a);
}

TestSuite(form, .init = start, .fini = stop);

static bool parse(const char *text)
{
    return form_parse(&a, text, strlen(text), &f);
}

Test(form, everything_but_the_unreserved_is_encoded)
{
    struct strbuf b;

    strbuf_init(&b, &a);
    strbuf_adds(&b, "http://x/?");
    form_add(&b, "a b", "1&2=~-._");
    form_add(&b, "c", "你+*");
    cr_assert_str_eq(b.data, "http://x/?a%20b=1%262%3D~-._&c=%E4%BD%A0%2B%2A");
}

Test(form, what_was_encoded_is_read_again)
{
    cr_assert(parse("a%20b=1%262%3D&c=%e4%bd%a0+x&d&e="));
    cr_assert_eq(f.count, 4);
    cr_assert_str_eq(form_get(&f, "a b"), "1&2=");
    cr_assert_str_eq(form_get(&f, "c"), "你 x");
    cr_assert_str_eq(form_get(&f, "d"), "");
    cr_assert_str_eq(form_get(&f, "nothing"), "");
}

Test(form, of_a_name_that_comes_twice_the_first_counts)
{
    cr_assert(parse("a=1&a=2"));
    cr_assert_eq(f.count, 2);
    cr_assert_str_eq(form_get(&f, "a"), "1");
}

Test(form, nothing_is_a_form_without_fields)
{
    cr_assert(parse(""));
    cr_assert_eq(f.count, 0);
}

Test(form, what_is_malformed_is_refused)
{
    static const char *const bad[] = { "a=%", "a=%4", "a=%zz", "a=%00", "a=%ff", "%=1" };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_not(parse(bad[i]), "%s", bad[i]);
}

Test(form, too_many_fields_are_refused)
{
    struct strbuf b;

    strbuf_init(&b, &a);
    for (int i = 0; i < FORM_FIELDS_MAX; i++)
        form_add(&b, "n", "v");
    cr_assert(parse(b.data));
    form_add(&b, "n", "v");
    cr_assert_not(parse(b.data));
}
