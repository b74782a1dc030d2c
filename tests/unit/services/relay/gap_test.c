/* The gap rule, case by case and against every interleaving of a small world. */
#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdint.h>

#include "services/relay/gap.h"

Test(gap, next_number_and_next_place_are_taken)
{
    struct gap g;

    gap_init(&g, 7, 3);
    cr_assert_eq(gap_judge(&g, 7, 4, 0), GAP_TAKE);
    cr_assert_eq(gap_judge(&g, 7, 9, 0), GAP_TAKE, "a batch is visible as a whole or not at all");
    cr_assert_eq(gap_judge(&g, 8, 1, 0), GAP_TAKE);
    cr_assert_eq(gap_take(&g, 8, 1), 0);
    cr_assert_eq(gap_judge(&g, 9, 1, 0), GAP_TAKE);
}

Test(gap, what_is_behind_is_never_taken_again)
{
    struct gap g;

    gap_init(&g, 7, 3);
    cr_assert_eq(gap_judge(&g, 7, 3, UINT64_MAX), GAP_BEHIND);
    cr_assert_eq(gap_judge(&g, 7, 2, UINT64_MAX), GAP_BEHIND);
    cr_assert_eq(gap_judge(&g, 6, 99, UINT64_MAX), GAP_BEHIND);
}

Test(gap, missing_number_is_asked_about_then_waited_for)
{
    struct gap g;

    gap_init(&g, 1, 1);
    cr_assert_eq(gap_judge(&g, 3, 1, UINT64_MAX), GAP_ASK, "no snapshot says anything before an id was taken");
    gap_asked(&g, 100, 3);
    cr_assert_eq(gap_judge(&g, 3, 1, 99), GAP_WAIT);
    cr_assert_eq(gap_judge(&g, 3, 1, 100), GAP_WAIT, "xmin 100: number 100 itself may still run");
    cr_assert_eq(gap_judge(&g, 3, 1, 101), GAP_TAKE);
    cr_assert_eq(gap_take(&g, 3, 1), 1, "one number was rolled back");
}

Test(gap, missing_number_that_comes_late_is_taken_first)
{
    struct gap g;

    gap_init(&g, 1, 1);
    gap_asked(&g, 100, 3);
    cr_assert_eq(gap_judge(&g, 2, 1, 50), GAP_TAKE);
    cr_assert_eq(gap_take(&g, 2, 1), 0);
    cr_assert_eq(gap_judge(&g, 3, 1, 50), GAP_TAKE);
}

Test(gap, one_id_speaks_for_all_numbers_seen_before_it)
{
    struct gap g;

    gap_init(&g, 1, 1);
    gap_asked(&g, 100, 9); /* 3, 6 and 9 were visible */
    cr_assert_eq(gap_judge(&g, 3, 1, 101), GAP_TAKE);
    cr_assert_eq(gap_take(&g, 3, 1), 1);
    cr_assert_eq(gap_judge(&g, 6, 1, 101), GAP_TAKE);
    cr_assert_eq(gap_take(&g, 6, 1), 2);
    cr_assert_eq(gap_judge(&g, 12, 1, UINT64_MAX), GAP_ASK, "10 and 11 may have been drawn after the id");
    cr_assert_eq(gap_judge(&g, 9, 1, 101), GAP_TAKE);
    cr_assert_eq(gap_take(&g, 9, 1), 2);
    cr_assert_eq(gap_judge(&g, 11, 1, UINT64_MAX), GAP_ASK);
}

Test(gap, numbers_near_the_ends_of_their_types)
{
    struct gap g;

    gap_init(&g, INT64_MAX - 3, INT32_MAX);
    cr_assert_eq(gap_judge(&g, INT64_MAX - 2, 0, 0), GAP_TAKE);
    cr_assert_eq(gap_judge(&g, INT64_MAX, 1, UINT64_MAX), GAP_ASK);
    gap_asked(&g, UINT64_MAX - 1, INT64_MAX);
    cr_assert_eq(gap_judge(&g, INT64_MAX, 1, UINT64_MAX - 1), GAP_WAIT);
    cr_assert_eq(gap_judge(&g, INT64_MAX, 1, UINT64_MAX), GAP_TAKE);
    cr_assert_eq(gap_take(&g, INT64_MAX, 1), 2);
    /* Ids are 64 bits wide in PostgreSQL's xid8: above 2^32 nothing wraps. */
    gap_init(&g, 1, 1);
    gap_asked(&g, (UINT64_C(1) << 32) + 5, 3);
    cr_assert_eq(gap_judge(&g, 3, 1, 6), GAP_WAIT, "the low half alone would say take");
}

/* ---- every interleaving of three writers and the reader ---- */

enum { WRITERS = 3 };
enum step { BEFORE, HAS_XID, HAS_NUMBER, COMMITTED, ABORTED };

struct world {
    enum step step[WRITERS];
    uint64_t xid[WRITERS], next_xid;
    int64_t number[WRITERS], next_number;
    struct gap gap;
    unsigned published; /* numbers, a bit each */
    int ids_taken;
};

static long worlds, lost;

static bool running(enum step s)
{
    return s == HAS_XID || s == HAS_NUMBER;
}

/* The reader's one statement: the lowest committed number after its place, with the snapshot's xmin. */
static void read_once(struct world *w)
{
    uint64_t xmin = w->next_xid;
    int64_t highest = 0;

    for (int i = 0; i < WRITERS; i++)
        if (running(w->step[i]) && w->xid[i] < xmin)
            xmin = w->xid[i];
    for (int i = 0; i < WRITERS; i++)
        if (w->step[i] == COMMITTED && w->number[i] > highest)
            highest = w->number[i];
    for (int64_t n = w->gap.batch + 1; n <= highest; n++) {
        enum gap_verdict v;
        bool visible = false;

        for (int i = 0; i < WRITERS; i++)
            visible |= w->step[i] == COMMITTED && w->number[i] == n;
        if (!visible)
            continue;
        v = gap_judge(&w->gap, n, 1, xmin);
        if (v == GAP_ASK) {
            gap_asked(&w->gap, w->next_xid++, highest);
            w->ids_taken++;
            return;
        }
        if (v != GAP_TAKE)
            return;
        gap_take(&w->gap, n, 1);
        w->published |= 1u << n;
    }
}

static void explore(struct world w, int reads)
{
    bool over = true;

    worlds++;
    for (int i = 0; i < WRITERS; i++) {
        struct world next = w;

        if (w.step[i] == COMMITTED || w.step[i] == ABORTED)
            continue;
        over = false;
        if (w.step[i] == BEFORE) {
            next.step[i] = HAS_XID;
            next.xid[i] = next.next_xid++;
        } else if (w.step[i] == HAS_XID) {
            next.step[i] = HAS_NUMBER;
            next.number[i] = next.next_number++;
        } else {
            next.step[i] = ABORTED;
            explore(next, reads);
            next.step[i] = COMMITTED;
        }
        explore(next, reads);
    }
    if (reads > 0) {
        struct world next = w;

        read_once(&next);
        explore(next, reads - 1);
    }
    if (!over)
        return;
    for (int i = 0; i < 4; i++) /* at rest, a few reads see everything */
        read_once(&w);
    for (int i = 0; i < WRITERS; i++)
        lost += w.step[i] == COMMITTED && !(w.published & 1u << w.number[i]);
}

Test(gap, every_interleaving_of_three_writers_loses_nothing)
{
    struct world w = { .next_xid = 10, .next_number = 1 };

    gap_init(&w.gap, 0, 0);
    explore(w, 4);
    cr_assert_gt(worlds, 100000);
    cr_assert_eq(lost, 0, "%ld committed numbers were passed over in %ld worlds", lost, worlds);
}
