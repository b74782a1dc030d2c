/* What is in flight: acknowledged in any order, done up to the first that is not. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "services/relay/window.h"

static uint64_t push(struct window *w, int64_t batch, size_t bytes, enum slot_state state)
{
    return window_push(w, &(struct slot){ .batch = batch, .ord = 1, .bytes = bytes, .state = state });
}

Test(window, moves_to_the_last_of_the_done_prefix)
{
    struct window w;
    int64_t batch = 0;
    int32_t ord = 0;
    size_t count;
    uint64_t n[3];

    window_init(&w, 4, 1000);
    for (int i = 0; i < 3; i++)
        n[i] = push(&w, 10 + i, 100, SLOT_SENT);
    cr_assert_not(window_advance(&w, &batch, &ord, &count));
    window_settle(&w, n[1], SLOT_DONE);
    cr_assert_not(window_advance(&w, &batch, &ord, &count), "the first is still out");
    window_settle(&w, n[0], SLOT_DONE);
    cr_assert(window_advance(&w, &batch, &ord, &count));
    cr_assert_eq(batch, 11);
    cr_assert_eq(count, 2);
    cr_assert_eq(w.bytes, 100);
    cr_assert_eq(window_count(&w), 1);
    window_done(&w);
}

Test(window, full_by_number_or_by_bytes_but_never_for_one_alone)
{
    struct window w;

    window_init(&w, 2, 100);
    cr_assert(window_has_room(&w, 5000), "alone, anything may go");
    push(&w, 1, 60, SLOT_SENT);
    cr_assert(window_has_room(&w, 40));
    cr_assert_not(window_has_room(&w, 41));
    push(&w, 2, 0, SLOT_DONE);
    cr_assert_not(window_has_room(&w, 0), "two slots only");
    window_done(&w);
}

Test(window, failures_hold_the_cursor_and_are_told)
{
    struct window w;
    struct slot first, last;
    int64_t batch = 0;
    int32_t ord = 0;
    size_t count;

    window_init(&w, 8, 1000);
    for (int i = 0; i < 5; i++)
        push(&w, i + 1, 1, SLOT_SENT);
    cr_assert_not(window_failures(&w, &first, &last));
    window_settle(&w, 0, SLOT_DONE);
    window_settle(&w, 1, SLOT_FAILED);
    window_settle(&w, 2, SLOT_DONE);
    window_settle(&w, 3, SLOT_FAILED);
    window_settle(&w, 4, SLOT_DONE);
    cr_assert(w.failed);
    cr_assert(window_advance(&w, &batch, &ord, &count));
    cr_assert_eq(batch, 1, "nothing at or after the refused one counts");
    cr_assert_not(window_advance(&w, &batch, &ord, &count));
    cr_assert(window_failures(&w, &first, &last));
    cr_assert_eq(first.batch, 2);
    cr_assert_eq(last.batch, 4);
    window_clear(&w);
    cr_assert_eq(window_count(&w), 0);
    cr_assert_not(w.failed);
    window_settle(&w, 1, SLOT_FAILED);
    cr_assert_not(w.failed, "an answer of an earlier life changes nothing");
    window_done(&w);
}

/* Random acknowledgements against a plain model. */
Test(window, agrees_with_a_model)
{
    enum { N = 20000 };
    static int settled[N];
    struct window w;
    unsigned seed = 20261122;
    int pushed = 0, front = 0;

    window_init(&w, 64, SIZE_MAX);
    while (front < N) {
        int64_t batch = -1;
        int32_t ord;
        size_t count = 0;

        if (pushed < N && window_has_room(&w, 1) && rand_r(&seed) % 2)
            push(&w, pushed++, 1, SLOT_SENT);
        if (pushed > front) {
            int pick = front + rand_r(&seed) % (pushed - front);

            settled[pick] = 1;
            window_settle(&w, (uint64_t)pick, SLOT_DONE);
        }
        while (front < pushed && settled[front])
            front++;
        if (window_advance(&w, &batch, &ord, &count))
            cr_assert_eq(batch, front - 1);
        cr_assert_eq(window_count(&w), (size_t)(pushed - front));
        cr_assert_eq(w.bytes, (size_t)(pushed - front));
    }
    window_done(&w);
}
