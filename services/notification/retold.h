/* Nobody is told again what he was told in a time that a fail-over or a restore took back.
 *
 * What such a time brought comes in again from Kafka and happens again; that people were told of it stands on
 * redress.notifications.v1. Before anything is sent in a new epoch of the journal, the loop that sends reads there what
 * this journal never wrote and keeps it (told_before). A message is looked up when it would be sent or told together
 * with others: the one place that every message comes through, whoever has planned it and when. */
#pragma once

#include "common/runtime/daemon.h"
#include "store_send.h"

void retold_metrics(void);
void retold_count(size_t recognised);

/* Whether what was told before this epoch is known, and whether there is anything that must be looked up. */
struct retold_known {
    char epoch[JOURNAL_EPOCH_SIZE]; /* this one's is; "": of none */
    bool anything;
    int64_t asked_us;
};
/* 1: it is known; 0: somebody has yet to read it; or an error class. Costs nothing once it is. */
int retold_known(struct daemon *d, struct retold_known *k);

/* Drops those of the messages that were told before, which become what they were. Without a statement if there is
 * nothing. */
int retold_drop_messages(struct batch *b, const struct retold_known *k, struct message *items, size_t *count);
int retold_drop_queued(struct batch *b, const struct retold_known *k, struct queued *items, size_t *count);

/* The reading, by the loop that sends: in small steps. */
struct retold_reader;
/* With each connection, which may bring another epoch: what was begun begins anew. `r` is NULL at first. */
struct retold_reader *retold_reader_start(struct retold_reader *r, const struct config *config);
void retold_reader_free(struct retold_reader *r);
/* One step, at most a few seconds; 0 or an error class of PostgreSQL. Kafka's absence is told by /readyz. */
int retold_reader_step(struct retold_reader *r, struct daemon *d);
/* Whether anything may be sent. */
bool retold_reader_done(const struct retold_reader *r);
const struct retold_known *retold_reader_known(const struct retold_reader *r);
