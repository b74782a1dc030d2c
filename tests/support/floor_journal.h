/* The journal of a floor: the transaction's own words, and entries appended as every daemon does. Nothing is hashed:
 * zeros of the same size stand in the place of digests. */
#pragma once

#include "floor.h"

#define FLOOR_HEADERS(daemon) "ce_source: redress/" daemon "\ncontent-type: application/protobuf\n"

struct floor_entry {
    const char *topic, *key, *tenant, *type, *headers;
    const unsigned char *aggregate; /* 16 bytes; NULL: outside chains */
    int64_t version;                /* of the aggregate; 0 outside chains */
    const void *payload;
    size_t len;
};

struct floor_journal {
    struct floor_array columns[11];
};

/* Prepares "begin", "commit", "append" and what wakes the relay. */
void floor_journal_prepare(PGconn *c);
void floor_journal_begin(struct floor_journal *j);
void floor_journal_add(struct floor_journal *j, const struct floor_entry *e, int64_t now_us);
void floor_journal_append(struct floor_journal *j, PGconn *c, int64_t now_us);

/* Sends the wake-up of the relay as a transaction of its own that nobody waits for; floor_journal_woken takes its
 * answers before the next one. */
void floor_journal_wake(PGconn *c);
void floor_journal_woken(PGconn *c);
