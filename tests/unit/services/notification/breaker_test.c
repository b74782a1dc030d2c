/* A gateway that fails gets a pause, then one call to try; and none gets more than its settings allow. */
#include "services/notification/breaker.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define SECOND INT64_C(1000000)
#define MOST   3
#define NOW    (1000 * SECOND)

static int may_begin(struct breaker *b, int64_t now_us)
{
    return breaker_free(b, 8, 0, now_us);
}

static void begin(struct breaker *b, int count, int64_t now_us)
{
    while (count-- > 0)
        breaker_begin(b, now_us);
}

/* So many calls, one after the other, that fail; true: the last one opened it. */
static bool fail(struct breaker *b, int count, int64_t now_us)
{
    bool opened = false;

    while (count-- > 0) {
        breaker_begin(b, now_us);
        opened = breaker_end(b, true, MOST, now_us);
    }
    return opened;
}

static void succeed(struct breaker *b, int64_t now_us)
{
    breaker_begin(b, now_us);
    cr_assert_not(breaker_end(b, false, MOST, now_us));
}

/* So many calls that end within one turn of the loop. */
static void end_in_one_turn(struct breaker *b, int count, int64_t now_us)
{
    begin(b, count, now_us);
    while (count-- > 0)
        (void)breaker_end(b, false, MOST, now_us);
    breaker_turn(b);
}

/* ---- how many ---- */

Test(breaker, no_more_calls_at_a_time_than_allowed)
{
    struct breaker b = { 0 };

    cr_assert_eq(breaker_free(&b, 3, 0, NOW), 3);
    begin(&b, 2, NOW);
    cr_assert_eq(breaker_free(&b, 3, 0, NOW), 1);
    begin(&b, 1, NOW);
    cr_assert_eq(breaker_free(&b, 3, 0, NOW), 0);
    (void)breaker_end(&b, false, MOST, NOW);
    cr_assert_eq(breaker_free(&b, 3, 0, NOW), 1);
}

Test(breaker, a_limit_that_was_lowered_under_what_runs_leaves_nothing)
{
    struct breaker b = { 0 };

    begin(&b, 5, NOW);
    cr_assert_eq(breaker_free(&b, 2, 0, NOW), 0);
}

Test(breaker, a_quick_gateway_has_what_ends_in_two_turns_ready)
{
    struct breaker b = { 0 };

    end_in_one_turn(&b, 3, NOW);
    cr_assert_eq(breaker_free(&b, 8, 0, NOW), 8 + 2 * 3);
    begin(&b, 8, NOW);
    cr_assert_eq(breaker_free(&b, 8, 0, NOW), 2 * 3);
}

Test(breaker, no_more_are_ready_than_two_times_its_places)
{
    struct breaker b = { 0 };

    end_in_one_turn(&b, 100, NOW);
    cr_assert_eq(breaker_free(&b, 8, 0, NOW), 8 + 2 * 8);
}

Test(breaker, a_gateway_that_has_answered_nothing_lately_has_none_ready)
{
    struct breaker b = { 0 };

    end_in_one_turn(&b, 8, NOW);
    breaker_turn(&b);
    cr_assert_eq(breaker_free(&b, 8, 0, NOW), 8);
}

Test(breaker, a_gateway_with_a_limit_by_the_second_has_none_ready)
{
    struct breaker b = { 0 };

    end_in_one_turn(&b, 8, NOW);
    cr_assert_eq(breaker_free(&b, 8, 100, NOW), 8);
}

Test(breaker, what_waits_for_a_place_is_no_call)
{
    struct breaker b = { 0 };

    begin(&b, 5, NOW);
    b.waiting = 2;
    cr_assert_eq(breaker_calls(&b), 3);
}

Test(breaker, no_more_calls_in_a_second_than_allowed)
{
    struct breaker b = { 0 };

    for (int i = 0; i < 4; i++) {
        cr_assert_eq(breaker_free(&b, 8, 4, NOW + i), 4 - i);
        begin(&b, 1, NOW + i);
        (void)breaker_end(&b, false, MOST, NOW + i);
    }
    cr_assert_eq(breaker_free(&b, 8, 4, NOW + SECOND - 1), 0);
    cr_assert_eq(breaker_free(&b, 8, 4, NOW + SECOND), 4);
}

Test(breaker, a_call_counts_in_the_second_in_which_it_begins)
{
    struct breaker b = { 0 };

    /* asked for at the end of one second, begun in the next */
    cr_assert_eq(breaker_free(&b, 8, 2, NOW - 1), 2);
    begin(&b, 2, NOW);
    cr_assert_eq(breaker_free(&b, 8, 2, NOW + 1), 0);
}

Test(breaker, the_narrower_of_both_limits_holds)
{
    struct breaker b = { 0 };

    begin(&b, 6, NOW);
    cr_assert_eq(breaker_free(&b, 8, 100, NOW), 2);
    cr_assert_eq(breaker_free(&b, 100, 8, NOW), 2);
}

/* Whatever is asked and whenever: what was allowed never adds up to more than the settings say. */
Test(breaker, whatever_happens_the_limits_hold)
{
    unsigned short seed[3] = { 6, 11, 26 };

    for (int run = 0; run < 200; run++) {
        int most = 1 + (int)(nrand48(seed) % 8), rate = 1 + (int)(nrand48(seed) % 8), begun = 0;
        struct breaker b = { 0 };
        int64_t now = NOW, second = 0;

        for (int i = 0; i < 400; i++) {
            int free;

            now += nrand48(seed) % 200000;
            if (now / SECOND != second)
                begun = 0;
            second = now / SECOND;
            free = breaker_free(&b, most, rate, now);
            free = free ? 1 + (int)(nrand48(seed) % free) : 0;
            begin(&b, free, now);
            begun += free;
            cr_assert_leq(b.in_flight, most);
            cr_assert_leq(begun, rate);
            if (b.in_flight)
                (void)breaker_end(&b, nrand48(seed) % 3 == 0, MOST, now);
        }
    }
}

/* ---- opening ---- */

Test(breaker, opens_after_so_many_failures_in_a_row)
{
    struct breaker b = { 0 };

    cr_assert_not(fail(&b, MOST - 1, NOW));
    cr_assert_not(breaker_is_open(&b, NOW));
    cr_assert_eq(may_begin(&b, NOW), 8);
    cr_assert(fail(&b, 1, NOW));
    cr_assert(breaker_is_open(&b, NOW));
    cr_assert_eq(may_begin(&b, NOW), 0);
}

Test(breaker, a_success_in_between_begins_the_count_anew)
{
    struct breaker b = { 0 };

    fail(&b, MOST - 1, NOW);
    succeed(&b, NOW);
    cr_assert_not(fail(&b, MOST - 1, NOW));
    cr_assert_not(breaker_is_open(&b, NOW));
}

Test(breaker, opens_once_however_many_were_under_way)
{
    struct breaker b = { 0 };
    int opened = 0;

    begin(&b, 8, NOW);
    for (int i = 0; i < 8; i++)
        opened += breaker_end(&b, true, MOST, NOW);
    cr_assert_eq(opened, 1);
    cr_assert_eq(b.in_flight, 0);
    cr_assert_eq(may_begin(&b, NOW + 5 * SECOND), 1, "the first pause is 5 s, whatever the others said");
}

/* ---- trying ---- */

Test(breaker, after_the_pause_one_call_may_try)
{
    struct breaker b = { 0 };

    fail(&b, MOST, NOW);
    cr_assert_eq(may_begin(&b, NOW + 5 * SECOND - 1), 0);
    cr_assert_eq(may_begin(&b, NOW + 5 * SECOND), 1);
    begin(&b, 1, NOW + 5 * SECOND);
    cr_assert_eq(may_begin(&b, NOW + 6 * SECOND), 0, "one, not one after the other");
}

Test(breaker, nobody_tries_while_old_calls_hang)
{
    struct breaker b = { 0 };

    begin(&b, 1, NOW); /* hangs */
    fail(&b, MOST, NOW);
    cr_assert_eq(may_begin(&b, NOW + 5 * SECOND), 0);
    (void)breaker_end(&b, true, MOST, NOW + 6 * SECOND);
    cr_assert_eq(may_begin(&b, NOW + 6 * SECOND), 1);
}

Test(breaker, old_calls_that_fail_late_do_not_make_the_pause_longer)
{
    struct breaker b = { 0 };

    begin(&b, 4, NOW); /* hang until their time is over */
    cr_assert(fail(&b, MOST, NOW));
    for (int i = 0; i < 4; i++)
        cr_assert_not(breaker_end(&b, true, MOST, NOW + 20 * SECOND));
    cr_assert_eq(may_begin(&b, NOW + 20 * SECOND), 1);
}

Test(breaker, one_that_succeeds_closes_it)
{
    struct breaker b = { 0 };

    fail(&b, MOST, NOW);
    succeed(&b, NOW + 5 * SECOND);
    cr_assert_eq(may_begin(&b, NOW + 5 * SECOND), 8);
    cr_assert_not(fail(&b, MOST - 1, NOW + 5 * SECOND), "it takes as many failures as at first");
}

Test(breaker, one_that_fails_opens_it_again_at_once)
{
    struct breaker b = { 0 };

    fail(&b, MOST, NOW);
    cr_assert(fail(&b, 1, NOW + 5 * SECOND));
    cr_assert_eq(may_begin(&b, NOW + 14 * SECOND), 0);
    cr_assert_eq(may_begin(&b, NOW + 15 * SECOND), 1, "twice as long");
}

Test(breaker, pauses_double_up_to_five_minutes_and_never_end)
{
    static const int expected[] = { 5, 10, 20, 40, 80, 160, 300, 300, 300, 300, 300, 300, 300, 300 };
    struct breaker b = { 0 };
    int64_t now = NOW;

    fail(&b, MOST - 1, now);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        cr_assert(fail(&b, 1, now));
        cr_assert_eq(may_begin(&b, now + expected[i] * SECOND - 1), 0, "pause %zu", i);
        now += expected[i] * SECOND;
        cr_assert_eq(may_begin(&b, now), 1, "pause %zu", i);
    }
    succeed(&b, now);
    fail(&b, MOST, now);
    cr_assert_eq(may_begin(&b, now + 5 * SECOND), 1, "after a success the first pause is short again");
}

Test(breaker, a_gateway_that_asks_for_a_pause_gets_it_and_then_one_call)
{
    struct breaker b = { 0 };

    cr_assert_gt(may_begin(&b, NOW), 1);
    breaker_put_off(&b, NOW + 7 * SECOND);
    cr_assert_eq(may_begin(&b, NOW + 7 * SECOND - 1), 0);
    cr_assert_eq(may_begin(&b, NOW + 7 * SECOND), 1);
    breaker_put_off(&b, NOW + 3 * SECOND);
    cr_assert_eq(may_begin(&b, NOW + 4 * SECOND), 0, "a shorter one does not end a longer one");
    succeed(&b, NOW + 8 * SECOND);
    cr_assert_gt(may_begin(&b, NOW + 8 * SECOND), 1);
}
