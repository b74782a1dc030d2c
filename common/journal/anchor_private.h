/* What making and checking anchors share: stretches of the journal as they are read. */
#pragma once

#include <sodium.h>

#include "anchor.h"

#define ANCHOR_PAGE 10000

/* What a stretch holds of one tenant, as it is read. */
struct sum {
    const char *tenant;
    int64_t entries, complaints;
    crypto_hash_sha256_state digest;
    /* its anchor before */
    int64_t number, all_complaints;
    unsigned char previous[SHA256_BYTES];
    /* of a check: the line that it is compared with; NULL: all are done */
    const struct anchor *line;
    bool begun;
};

struct sums {
    struct arena *arena;
    struct sum *items;
    size_t count, cap;
    size_t newest; /* entries of a batch are mostly one tenant's */
};

/* The tenant's, made if there is none. */
struct sum *anchor_sum(struct sums *s, const char *tenant);
void anchor_count(struct sum *n, int64_t version, const void *hash, size_t len);
/* A page of a stretch; *after moves to its last entry. */
int anchor_read_page(struct pg_conn *c, struct arena *a, struct anchor_place *after, const struct anchor_place *upto,
                     struct pg_result **ret);
