#include "services/intake/likely.h"
#include "services/intake/origin.h"

#include <criterion/criterion.h>

#define DAY INT64_C(86400000000)

static struct tenant tenant = { .id = "demo", .duplicate_window_us = 7 * DAY };
static struct submission s[4];
static struct submission *items[] = { &s[0], &s[1], &s[2], &s[3] };

/* The same matter, received on these days. */
static void received(int64_t a, int64_t b, int64_t c, int64_t d)
{
    const int64_t days[] = { a, b, c, d };

    for (size_t i = 0; i < 4; i++)
        s[i] = (struct submission){ .tenant = &tenant, .has_matter = true, .matter = 5, .received_us = days[i] * DAY };
}

static void match(void)
{
    struct arena a;

    arena_init(&a, 0);
    likely_match_batch(&a, items, 4);
    arena_done(&a);
}

Test(likely, later_ones_point_to_the_one_received_first)
{
    received(10, 11, 9, 12);
    match();
    cr_assert_null(s[0].likely_here);
    cr_assert_eq(s[1].likely_here, &s[0]);
    cr_assert_eq(s[2].likely_here, &s[0], "registered before it, though received later");
    cr_assert_eq(s[3].likely_here, &s[2]);
}

Test(likely, beyond_the_window_it_is_another_case)
{
    received(0, 7, 8, 20);
    match();
    cr_assert_eq(s[1].likely_here, &s[0]);
    cr_assert_eq(s[2].likely_here, &s[1], "the first is eight days away");
    cr_assert_null(s[3].likely_here);
}

Test(likely, another_matter_tenant_or_nobody_known_is_none)
{
    static struct tenant other = { .id = "other", .duplicate_window_us = 7 * DAY };

    received(0, 0, 0, 0);
    s[1].matter = 6;
    s[2].tenant = &other;
    s[3].has_matter = false;
    match();
    for (int i = 0; i < 4; i++)
        cr_assert_null(s[i].likely_here);
}

Test(likely, a_window_of_no_days_switches_it_off)
{
    static struct tenant off = { .id = "off" };

    received(0, 0, 0, 0);
    for (int i = 0; i < 4; i++)
        s[i].tenant = &off;
    match();
    for (int i = 0; i < 4; i++)
        cr_assert_null(s[i].likely_here);
}

Test(likely, what_the_tables_found_stays_if_it_was_received_earlier)
{
    received(5, 6, 6, 6);
    s[1].likely_id.bytes[0] = 1;
    s[1].likely_received_us = 4 * DAY;
    s[2].likely_id.bytes[0] = 1;
    s[2].likely_received_us = 6 * DAY;
    match();
    cr_assert_null(s[1].likely_here);
    cr_assert_eq(s[2].likely_here, &s[0]);
}

Test(likely, a_part_that_was_split_off_is_not_its_own_repeat)
{
    struct origin origin = { .number = "D-1" };

    received(0, 0, 30, 31);
    s[1].origin = &origin;
    match();
    cr_assert_null(s[1].likely_here);
    cr_assert_eq(s[3].likely_here, &s[2]);
}
