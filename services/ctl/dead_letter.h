/* A dead letter's record, as the daemon kept it: sealed with the master key (common/runtime/emit.c). */
#pragma once

#include "common/base/arena.h"
#include "common/base/uuid.h"
#include "common/kafka/kafka.h"
#include "common/vault/vault.h"

struct kept_record {
    const void *key, *value;
    size_t key_len, value_len;
    struct kafka_header *headers;
    size_t header_count;
};

/* false if the key is another one or the bytes are damaged. */
bool kept_record_open(struct arena *a, const struct vault_key *master, const struct uuid *id, const void *sealed,
                      size_t len, struct kept_record *ret);

/* Text of unknown origin made fit to be shown: digits, everything that is not ASCII, and what stands before an @ become
 * '*', control characters '.'. In the arena. */
char *mask_unknown(struct arena *a, const void *data, size_t len);
