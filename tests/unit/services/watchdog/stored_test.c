/* Pauses come back from the row as they went into it. */
#include <criterion/criterion.h>

#include "services/watchdog/stored.h"

Test(stored, pauses_survive_the_round_trip)
{
    struct case_pause pauses[] = { { INT64_C(1772416800000000), INT64_C(1772420400000000), SLA_PAUSE_OUTSIDE_PARTY },
                                   { INT64_C(1772420400000001), CLOCK_NEVER, SLA_PAUSE_FORCE_MAJEURE } };
    struct clock_case in = { .pauses = pauses, .pause_count = 2 }, out = { 0 };
    struct arena a;
    const void *bytes;

    arena_init(&a, 0);
    bytes = pauses_write(&a, &in);
    pauses_read(&a, bytes, 2 * PAUSE_BYTES, &out);
    cr_assert_eq(out.pause_count, 2);
    for (size_t i = 0; i < 2; i++) {
        cr_expect_eq(out.pauses[i].from_us, pauses[i].from_us);
        cr_expect_eq(out.pauses[i].to_us, pauses[i].to_us);
        cr_expect_eq(out.pauses[i].reason, pauses[i].reason);
    }
    pauses_read(&a, bytes, 0, &out);
    cr_expect_eq(out.pause_count, 0);
    arena_done(&a);
}
