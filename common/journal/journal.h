/* The journal: what every daemon appends with its transaction, and what the relay alone publishes (R49).
 *
 * One append per transaction, as its last statement: the batch number is taken inside it, after the transaction owns an
 * id, so that a number is held open only until the commit that follows. Entries of one complaint form a hash chain:
 * hash = SHA-256(prev_hash || canonical entry), see docs/journal.md; the newest hash is kept on the complaint's own row
 * and travels in the header "redress-hash" to whoever continues the chain. */
#pragma once

#include "common/base/digest.h"
#include "common/pg/pg.h"

#define JOURNAL_EPOCH_SIZE 48

struct journal_entry {
    const char *topic;
    const char *key;           /* of the Kafka record */
    const char *tenant;        /* "" where it is not known (dead letters) */
    struct uuid aggregate_id;  /* nil: not part of a chain */
    int64_t aggregate_version; /* 1..n; 0 outside chains */
    const char *type;          /* ce_type, for example "redress.v1.ComplaintEvent.registered" */
    const char *headers;       /* further headers as "name: value\n" lines; "" for none */
    const void *payload;
    size_t payload_len;
    /* filled by journal_seal */
    struct uuid event_id;
    int64_t recorded_at_us;
    unsigned char prev_hash[SHA256_BYTES], hash[SHA256_BYTES];
};

/* Gives the entry its id, time and hashes. head: the chain's newest hash, replaced by this entry's; NULL outside chains
 * (prev_hash is zero then, as for a chain's first entry). */
void journal_seal(struct journal_entry *e, int64_t recorded_at_us, unsigned char head[SHA256_BYTES]);

/* The hash that an entry must have. */
void journal_hash(const struct journal_entry *e, unsigned char out[SHA256_BYTES]);

/* Appends sealed entries under one new batch number. Must be the transaction's last statement. */
int journal_append(struct pg_conn *c, struct arena *a, const struct journal_entry *entries, size_t count,
                   int64_t *ret_batch);

/* 0: writers may append; ERR_RETRY: the database was failed over or restored and the relay has not yet opened the new
 * epoch (system identifier and timeline) by moving the sequence past what was published. Checked at each connection. */
int journal_check_epoch(struct pg_conn *c);
/* The same, and the epoch itself. */
int journal_read_epoch(struct pg_conn *c, char ret[JOURNAL_EPOCH_SIZE]);

/* Channel of the wake-up; sent outside the writing transaction (see docs/architecture.md). */
#define JOURNAL_WAKE_UP "BEGIN; SET LOCAL synchronous_commit = off; NOTIFY redress_journal; COMMIT"

/* Where in the journal a published record came from, as its headers say. */
struct journal_position {
    char epoch[JOURNAL_EPOCH_SIZE]; /* "7301234567890123456-1" */
    int64_t batch;
    int32_t ord;
};

/* < 0, 0, > 0 like memcmp, for positions of one epoch. */
int journal_position_compare(const struct journal_position *a, const struct journal_position *b);
/* Whether a record at `p` was seen already when `seen` is the newest seen of its partition: not later in the same
 * epoch, or of an earlier timeline of the same system. An empty seen->epoch: nothing was seen. */
bool journal_position_seen(const struct journal_position *p, const struct journal_position *seen);
/* Whether it was written in another time of the system that `now` is of: before a fail-over or a restore. */
bool journal_epoch_is_other(const char *epoch, const char *now);

/* Marks the positions of such records that this journal has never had: a restore took them back, and what they tell of
 * did not happen here. 0 or an error class. */
int journal_find_unwritten(struct pg_conn *c, struct arena *a, const struct journal_position *const *positions,
                           size_t count, bool *ret_unwritten);
