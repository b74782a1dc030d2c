/* A recording: what senders once put on redress.submissions.v1, a JSON object a line (deploy/samples/README.md). */
#pragma once

#include "common/base/arena.h"
#include "common/base/str.h"
#include "common/kafka/kafka.h"

struct recorded {
    unsigned line;
    const char *key, *encoding; /* "json" or "protobuf" */
    const void *value;
    size_t value_len;
    struct kafka_header *headers;
    size_t header_count;
    const char *expect;    /* "ACCEPTED", ..., "DEAD_LETTER"; NULL: nothing is expected */
    const char **problems; /* "path:code" */
    size_t problem_count;
};

struct recording {
    struct recorded *items;
    size_t count;
};

#define RECORDING_BYTES_MAX ((size_t)256 << 20)

/* A whole file, or standard input for "-". 0, or ERR_FATAL. */
int file_read(struct arena *a, const char *path, size_t max, struct str *ret);

/* All in the arena. {{now-3h}} and the like become times counted from now_us, whole seconds. 0, or ERR_FATAL naming the
 * line. At most `limit` records. */
int recording_load(struct arena *a, const char *path, int64_t now_us, size_t limit, struct recording *ret);

/* Replaces the {{now-<N><s|m|h|d>}} of one text; what looks otherwise stays. */
void recording_resolve(struct strbuf *out, const char *text, size_t len, int64_t now_us);
