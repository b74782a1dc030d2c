/* Pauses between retries: growing, with jitter, with an end where the caller wants one. */
#pragma once

#include <stdint.h>

struct backoff {
    int64_t first_ms, max_ms;
    unsigned attempts; /* pauses taken since the last reset */
};

void backoff_init(struct backoff *b, int64_t first_ms, int64_t max_ms);
void backoff_reset(struct backoff *b);
/* The next pause: between half of and the whole of first * 2^attempts, at most max. */
int64_t backoff_next_ms(struct backoff *b);
