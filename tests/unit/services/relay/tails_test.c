/* When a record may be sent to a partition: the first one of a producer goes alone. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "services/relay/tails.h"

Test(tails, the_first_record_goes_alone)
{
    struct tail_partition p = { .acked_us = 0 };

    cr_assert(tails_may_send(&p, 1000));
    cr_assert_not(tails_may_send(&p, 1001));
    cr_assert_not(tails_may_send(&p, INT64_C(99000000000)), "however long it takes");
    tails_acknowledged(&p, 2000);
    cr_assert(tails_may_send(&p, 2001));
    cr_assert(tails_may_send(&p, 2002));
}

Test(tails, a_producer_that_was_silent_for_long_is_not_known_any_more)
{
    struct tail_partition p = { .acked_us = 1000 };
    int64_t later = INT64_C(1000000) * 3600;

    cr_assert(tails_may_send(&p, later));
    cr_assert_not(tails_may_send(&p, later + 1));
    tails_acknowledged(&p, later + 2);
    cr_assert(tails_may_send(&p, later + 3));
    cr_assert(tails_may_send(&p, later + 4));
}

Test(tails, topics_are_kept_once_and_bounded)
{
    struct tails t = { .count = 0 };
    char name[300];

    cr_assert_null(tails_find(&t, "a"));
    cr_assert_eq(tails_add(&t, "a"), tails_add(&t, "a"));
    cr_assert_eq(t.count, 1);
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    cr_assert_null(tails_add(&t, name), "too long for Kafka");
    for (int i = 0; i < 2 * TAILS_TOPICS_MAX; i++) {
        snprintf(name, sizeof name, "topic-%d", i);
        (void)tails_add(&t, name);
    }
    cr_assert_eq(t.count, TAILS_TOPICS_MAX);
    tails_done(&t);
}

/* A topic that was made after the tails were read has no place for its partitions' tails. */
Test(tails, another_number_of_partitions_is_for_the_next_reading)
{
    struct tail_topic t = { .name = "a", .partitions = 0 };

    tails_compare(&t, 0);
    cr_assert_not(t.stale);
    tails_compare(&t, 12);
    cr_assert(t.stale);
    cr_assert_eq(t.partitions, 0);
    tails_compare(&t, 0);
    cr_assert(t.stale, "what came and went in between is not known either");
}
