/* UUIDs: version 7, so that rows made together lie together in an index. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uuid {
    unsigned char bytes[16];
};

#define UUID_TEXT_SIZE 37

/* Version 7: at_us gives the time part, the rest is random. */
struct uuid uuid_new(int64_t at_us);
/* Makes 16 bytes of anything a version 7: the time in front, the other bits as they were. */
void uuid_set_time(struct uuid *u, int64_t at_us);
void uuid_format(const struct uuid *u, char out[UUID_TEXT_SIZE]);
/* The usual 36-character form only. */
bool uuid_parse(const char *text, size_t len, struct uuid *ret);
bool uuid_eq(const struct uuid *a, const struct uuid *b);
bool uuid_is_nil(const struct uuid *u);
