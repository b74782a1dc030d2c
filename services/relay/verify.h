/* Whether the journal is what was written (R49): every entry against its hash, every chain's links and versions, every
 * chain's end against the head that its owner keeps. Reads in one snapshot, in pages; changes nothing. */
#pragma once

#include "common/journal/journal.h"

struct verify_fault {
    const char *code; /* "hash", "ord", "version", "link", "head", "cut" */
    int64_t batch;    /* 0 where there is no entry to name */
    int32_t ord;
    struct uuid aggregate_id; /* nil outside chains */
    int64_t version;
    char text[200]; /* a sentence */
};

/* Heads that a service keeps on its own rows. */
struct verify_heads {
    const char *owner;                /* "dispatch"; NULL ends a list */
    const struct pg_statement *heads; /* $1::uuid[] -> id uuid, version int8, head bytea */
    bool newest;                      /* the version is the chain's last; false: any one of 1 and the last */
    const struct pg_statement
        *lost; /* no parameters -> id uuid, version int8 of heads without any entry; may be NULL */
};

struct verify_result {
    int64_t entries, chains, faults;
    struct verify_fault first; /* the one with the lowest batch and ord */
};

/* A chain as it is walked. Pure. */
struct verify_chain {
    struct uuid aggregate_id; /* nil: none yet */
    int64_t version;          /* of the last entry */
    unsigned char first_hash[SHA256_BYTES], hash[SHA256_BYTES];
    int64_t batch; /* of the last entry */
    int32_t ord;
};

/* The next entry in order of (aggregate_id, version, batch, ord). NULL: it fits; else the code of what is wrong, `text`
 * (of size) says it. The chain goes on with the entry as it is, so that one fault is told once. */
const char *verify_chain_next(struct verify_chain *chain, const struct journal_entry *e, int64_t batch, int32_t ord,
                              char *text, size_t size);

/* heads may be NULL. told (may be NULL) is called for each fault as it is found. 0 also when there are faults. */
int journal_verify(struct pg_conn *c, const struct verify_heads *heads,
                   void (*told)(void *context, const struct verify_fault *fault), void *context,
                   struct verify_result *ret);
