#include "breaker.h"

#define SECOND_US    INT64_C(1000000)
#define FIRST_US     (5 * SECOND_US)
#define LONGEST_US   (300 * SECOND_US)
#define DOUBLED_MOST 10

bool breaker_is_open(const struct breaker *b, int64_t now_us)
{
    return b->open_until_us > now_us;
}

static void turn_second(struct breaker *b, int64_t now_us)
{
    if (b->second == now_us / SECOND_US)
        return;
    b->second = now_us / SECOND_US;
    b->begun = 0;
}

void breaker_turn(struct breaker *b)
{
    b->lately = b->ended;
    b->ended = 0;
}

int breaker_calls(const struct breaker *b)
{
    return b->in_flight - b->waiting;
}

/* What ends while one transaction is under way, and while the next is: else a quick gateway stood still meanwhile. */
static int ahead(const struct breaker *b, int most_in_flight)
{
    return 2 * (b->lately < most_in_flight ? b->lately : most_in_flight);
}

int breaker_free(struct breaker *b, int most_in_flight, int per_second, int64_t now_us)
{
    int free = most_in_flight - b->in_flight;

    turn_second(b, now_us);
    if (breaker_is_open(b, now_us))
        return 0;
    if (b->open_until_us) /* it was open: one to see whether it works again */
        return b->in_flight == 0;
    if (!per_second)
        free += ahead(b, most_in_flight);
    else if (per_second - b->begun < free)
        free = per_second - b->begun;
    return free > 0 ? free : 0;
}

void breaker_begin(struct breaker *b, int64_t now_us)
{
    turn_second(b, now_us); /* it may be another one than that in which somebody asked */
    b->begun++;
    b->in_flight++;
    b->trying = b->open_until_us != 0;
}

static int64_t pause_us(int opened)
{
    int64_t us = FIRST_US;

    while (--opened > 0 && us < LONGEST_US)
        us *= 2;
    return us < LONGEST_US ? us : LONGEST_US;
}

bool breaker_end(struct breaker *b, bool failed, int most, int64_t now_us)
{
    b->in_flight--;
    b->ended++;
    if (!failed) {
        b->failures = b->opened = 0;
        b->open_until_us = 0;
        return false;
    }
    /* calls that were under way when it opened say nothing new */
    if (b->open_until_us && !b->trying)
        return false;
    if (!b->open_until_us && ++b->failures < most)
        return false;
    b->trying = false;
    b->opened += b->opened < DOUBLED_MOST;
    b->open_until_us = now_us + pause_us(b->opened);
    b->failures = 0;
    return true;
}

void breaker_put_off(struct breaker *b, int64_t until_us)
{
    if (until_us > b->open_until_us)
        b->open_until_us = until_us;
}
