#include "relay_suite.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/base/str.h"

unsigned relay_test_seed(void)
{
    const char *given = getenv("REDRESS_TEST_SEED");
    int64_t seed;
    uint32_t noise;

    if (given && parse_int64(given, 0, UINT32_MAX, &seed))
        return (unsigned)seed;
    random_bytes(&noise, sizeof noise);
    return noise;
}

int64_t relay_test_events(int64_t all)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    if (!getenv("REDRESS_TEST_FULL"))
        return all / 10;
#endif
    return all;
}

bool relay_caught_up(struct suite *s, int seconds)
{
    return suite_wait_number(s,
                             "SELECT count(*) FROM (SELECT FROM journal.entry AS e, journal.cursor AS c"
                             " WHERE (e.batch, e.ord) > (c.batch, c.ord) LIMIT 100000) AS behind",
                             0, seconds);
}

int64_t relay_check(struct suite *s, int seconds, size_t *ret_repeats)
{
    struct kafka_options k = suite_kafka(s);
    struct oracle *o;
    int64_t bad;

    if (!relay_caught_up(s, seconds))
        return -1;
    if (oracle_load(suite_pg(s), &k, &o) < 0) {
        fprintf(stderr, "oracle: %s\n", err_text());
        return -1;
    }
    bad = oracle_check(o, load_expected(suite_pg(s)));
    if (ret_repeats)
        *ret_repeats = oracle_repeats(o);
    oracle_free(o);
    return bad;
}

void relay_sleep_ms(int ms)
{
    clock_sleep_us((int64_t)ms * 1000);
}
