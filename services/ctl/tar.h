/* A tar file of a few small parts (POSIX ustar): the form of an archive package, so that any tool can take it apart. */
#pragma once

#include "common/base/str.h"

struct tar_part {
    const char *name; /* without folders, at most 99 bytes */
    struct str data;
};

/* The whole file. Owner, group and mode are the same for all: 0, 0 and 0600. */
void tar_write(struct strbuf *out, const struct tar_part *parts, size_t count, int64_t at_us);
/* Takes it apart; parts are borrowed from data. At most `max` of them. NULL, or what is wrong. Only what tar_write
 * writes is taken: plain files, one end, nothing after it. */
const char *tar_read(struct arena *a, const char *data, size_t len, struct tar_part *parts, size_t max,
                     size_t *ret_count);
