#include "stored.h"

#include <endian.h>
#include <string.h>

void pauses_read(struct arena *a, const void *bytes, size_t len, struct clock_case *c)
{
    const unsigned char *at = bytes;

    c->pause_count = len / PAUSE_BYTES;
    c->pauses = arena_array(a, struct case_pause, c->pause_count + 1);
    for (size_t i = 0; i < c->pause_count; i++, at += PAUSE_BYTES) {
        uint64_t from, to;
        uint32_t reason;

        memcpy(&from, at, 8);
        memcpy(&to, at + 8, 8);
        memcpy(&reason, at + 16, 4);
        c->pauses[i] = (struct case_pause){ (int64_t)be64toh(from), (int64_t)be64toh(to), be32toh(reason) };
    }
}

const void *pauses_write(struct arena *a, const struct clock_case *c)
{
    unsigned char *bytes = arena_calloc(a, c->pause_count + 1, PAUSE_BYTES), *at = bytes;

    for (size_t i = 0; i < c->pause_count; i++, at += PAUSE_BYTES) {
        uint64_t from = htobe64((uint64_t)c->pauses[i].from_us), to = htobe64((uint64_t)c->pauses[i].to_us);
        uint32_t reason = htobe32(c->pauses[i].reason);

        memcpy(at, &from, 8);
        memcpy(at + 8, &to, 8);
        memcpy(at + 16, &reason, 4);
    }
    return bytes;
}
