/* What the writer and the reader of packages share: what an event promises. */
#pragma once

#include "archive.h"

#define ARCHIVE_FORMAT "redress-archive-1"

/* A digest that an event names. */
struct promised {
    int64_t version;
    const char *field; /* "findings", "description"; of evidence "evidence_sha256[0]" */
    unsigned char sha256[SHA256_BYTES];
};
struct promises_made {
    struct promised *items;
    size_t count, cap;
};

/* NULL: it is no complaint event that can be read. */
const Redress__V1__ComplaintEvent *archive_event(struct arena *a, const struct journal_entry *e);
/* Adds the digests of an event's texts, and of its evidence, in a fixed order. */
void archive_promises(struct arena *a, const Redress__V1__ComplaintEvent *e, struct promises_made *texts,
                      struct promises_made *evidence);
