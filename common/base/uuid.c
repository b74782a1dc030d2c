#include "uuid.h"

#include <string.h>

#include "digest.h"
#include "str.h"

#define RANDOM_PART 10 /* bytes behind the time */

/* A thread's store: one call of the kernel for many ids. An id is no secret; it must only never come twice, so what was
 * used is never used again, and no daemon forks. */
static void random_part(unsigned char out[RANDOM_PART])
{
    static _Thread_local unsigned char store[256 * RANDOM_PART];
    static _Thread_local size_t left;

    if (left == 0) {
        random_bytes(store, sizeof store);
        left = sizeof store;
    }
    left -= RANDOM_PART;
    memcpy(out, store + left, RANDOM_PART);
}

void uuid_set_time(struct uuid *u, int64_t at_us)
{
    uint64_t ms = (uint64_t)(at_us / 1000);

    for (int i = 0; i < 6; i++)
        u->bytes[i] = (unsigned char)(ms >> (40 - 8 * i));
    u->bytes[6] = (unsigned char)(0x70 | (u->bytes[6] & 0x0f));
    u->bytes[8] = (unsigned char)(0x80 | (u->bytes[8] & 0x3f));
}

struct uuid uuid_new(int64_t at_us)
{
    struct uuid u;

    random_part(u.bytes + 6);
    uuid_set_time(&u, at_us);
    return u;
}

void uuid_format(const struct uuid *u, char out[UUID_TEXT_SIZE])
{
    char hex[33];
    size_t o = 0;

    hex_encode(u->bytes, 16, hex);
    for (size_t i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            out[o++] = '-';
        out[o++] = hex[i];
    }
    out[o] = '\0';
}

bool uuid_parse(const char *text, size_t len, struct uuid *ret)
{
    char hex[32];
    size_t n = 0;

    if (len != 36)
        return false;
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (text[i] == '-'))
            return false;
        if (!dash)
            hex[n++] = text[i];
    }
    return hex_decode(hex, 32, ret->bytes, 16);
}

bool uuid_eq(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->bytes, b->bytes, 16) == 0;
}

bool uuid_is_nil(const struct uuid *u)
{
    static const struct uuid nil;

    return uuid_eq(u, &nil);
}
