#include "backoff.h"

#include "digest.h"

void backoff_init(struct backoff *b, int64_t first_ms, int64_t max_ms)
{
    *b = (struct backoff){ .first_ms = first_ms, .max_ms = max_ms };
}

void backoff_reset(struct backoff *b)
{
    b->attempts = 0;
}

int64_t backoff_next_ms(struct backoff *b)
{
    int64_t ms = b->first_ms;
    uint32_t noise;

    for (unsigned i = 0; i < b->attempts && ms < b->max_ms; i++)
        ms *= 2;
    if (ms > b->max_ms)
        ms = b->max_ms;
    b->attempts++;
    random_bytes(&noise, sizeof noise);
    return ms / 2 + (int64_t)(noise % (uint64_t)(ms / 2 + 1));
}
