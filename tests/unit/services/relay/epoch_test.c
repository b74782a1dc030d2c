/* Which number line an entry belongs to, and what a partition's newest record says about it. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "services/relay/epoch.h"

static const struct epochs lines = { .list = { { "7-1", 1 }, { "7-2", 1000 }, { "9-1", 5000 } }, .count = 3 };

static struct journal_position at(const char *epoch, int64_t batch, int32_t ord)
{
    struct journal_position p = { .batch = batch, .ord = ord };

    snprintf(p.epoch, sizeof p.epoch, "%s", epoch);
    return p;
}

Test(epoch, a_batch_belongs_to_the_last_epoch_that_began_before_it)
{
    cr_assert_eq(epochs_of_batch(&lines, 0), -1);
    cr_assert_eq(epochs_of_batch(&lines, 1), 0);
    cr_assert_eq(epochs_of_batch(&lines, 999), 0);
    cr_assert_eq(epochs_of_batch(&lines, 1000), 1);
    cr_assert_eq(epochs_of_batch(&lines, 4999), 1);
    cr_assert_eq(epochs_of_batch(&lines, 123456789), 2);
    cr_assert_eq(epochs_of_batch(&(struct epochs){ 0 }, 1), -1);
}

Test(epoch, same_epoch_compares_positions)
{
    struct journal_position tail = at("7-2", 1500, 4);

    cr_assert(epochs_published(&lines, 1, 1499, 99, &tail));
    cr_assert(epochs_published(&lines, 1, 1500, 4, &tail));
    cr_assert_not(epochs_published(&lines, 1, 1500, 5, &tail));
    cr_assert_not(epochs_published(&lines, 1, 1501, 1, &tail));
}

Test(epoch, a_later_epoch_in_the_partition_means_that_the_earlier_is_done)
{
    struct journal_position tail = at("7-2", 1000, 1);

    cr_assert(epochs_published(&lines, 0, 950, 1, &tail));
    tail = at("9-1", 5000, 1);
    cr_assert(epochs_published(&lines, 0, 950, 1, &tail));
    cr_assert(epochs_published(&lines, 1, 4999, 1, &tail));
}

Test(epoch, an_earlier_or_unknown_epoch_says_nothing)
{
    struct journal_position tail = at("7-1", 1200, 1); /* published, then lost with the old primary */

    cr_assert_not(epochs_published(&lines, 1, 1001, 1, &tail));
    tail = at("3-1", 99999, 1); /* of a database that was wiped */
    cr_assert_not(epochs_published(&lines, 0, 5, 1, &tail));
    tail = at("", 0, 0);
    cr_assert_not(epochs_published(&lines, 0, 5, 1, &tail));
}

Test(epoch, after_a_fail_over_what_the_old_primary_published_is_not_sent_again)
{
    /* 941..950 survived on the standby, its cursor stood at 940, 1000 was published: epoch 7-1, tail at 990. */
    struct journal_position tail = at("7-1", 990, 2);

    for (int64_t batch = 941; batch <= 950; batch++)
        cr_assert(epochs_published(&lines, epochs_of_batch(&lines, batch), batch, 1, &tail));
    cr_assert_not(epochs_published(&lines, epochs_of_batch(&lines, 1000), 1000, 1, &tail));
}

Test(epoch, newest_is_by_epoch_then_position)
{
    struct journal_position none = at("", 0, 0), old = at("7-1", 999, 1), new = at("7-2", 1000, 1),
                            foreign = at("3-1", 1 << 30, 1), later = at("7-2", 1000, 2);

    cr_assert(epochs_newer(&lines, &old, &none));
    cr_assert(epochs_newer(&lines, &new, &old));
    cr_assert_not(epochs_newer(&lines, &old, &new));
    cr_assert(epochs_newer(&lines, &later, &new));
    cr_assert_not(epochs_newer(&lines, &new, &new));
    cr_assert_not(epochs_newer(&lines, &foreign, &old));
    cr_assert_not(epochs_newer(&lines, &foreign, &none), "of no use: nothing can be compared with it");
}
