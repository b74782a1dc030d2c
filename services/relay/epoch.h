/* Epochs: which number line an entry belongs to, and what the newest record of a partition says about it.
 *
 * An epoch is a system identifier and a timeline. A fail-over or a restore starts a new one, whose numbers begin past
 * everything that was ever published, so the entries of one epoch are a range of batch numbers. An entry is published
 * under the epoch that it was written in, also when that happens after the fail-over. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/journal/journal.h"

#define EPOCHS_MAX 256

struct epoch {
    char name[sizeof((struct journal_position *)0)->epoch];
    int64_t first_batch;
};

/* In order of first_batch: the order in which they were opened. */
struct epochs {
    struct epoch list[EPOCHS_MAX];
    size_t count;
};

/* Index of the epoch that a batch number belongs to; -1 below the first one. */
int epochs_of_batch(const struct epochs *e, int64_t batch);
/* Index of an epoch by name; -1 for one that this journal never had (of another system, for example). */
int epochs_find(const struct epochs *e, const char *name);

/* Whether an entry of epoch number `epoch` lies in a partition already, whose newest record is `tail` (epoch "": the
 * partition is empty). True since the relay publishes in order and without gaps: what is at or before the newest record
 * is there, and nothing of an epoch is published before all of the earlier epochs. */
bool epochs_published(const struct epochs *e, int epoch, int64_t batch, int32_t ord,
                      const struct journal_position *tail);

/* Whether `p` is newer than `tail` as the newest record of a partition. Records of unknown epochs are older than all.
 */
bool epochs_newer(const struct epochs *e, const struct journal_position *p, const struct journal_position *tail);
