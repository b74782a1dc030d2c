/* The statements about what was told in a time that a restore took back (retold.h). */
#pragma once

#include "message.h"
#include "store.h"

/* What the topic says of a message that this journal knows nothing of. */
struct retold {
    struct message message; /* state: the newest that was told */
    struct journal_position position;
};

struct retold_epoch {
    bool read;
    bool anything; /* there are entries that no message was recognised by */
    bool any_before;
    int64_t before_us; /* when the last entry before the epochs that are not read was written, if any */
};
int retold_store_find(struct pg_conn *pg, struct arena *a, const char *epoch, struct retold_epoch *ret);
/* 1: the lock is ours until the connection ends or retold_store_unlock; 0: another instance has it. */
int retold_store_lock(struct pg_conn *pg);
int retold_store_unlock(struct pg_conn *pg);
int retold_store_save(struct batch *b, const struct retold *items, size_t count);
int retold_store_save_epoch(struct batch *b);
/* Waiting messages that may have been told, the oldest first; in the arena. Outside a transaction. */
int retold_store_candidates(struct pg_conn *pg, struct arena *a, struct uuid **ret, size_t *ret_count);
/* Those of the ids that were told become what they were: sets `told` of each. */
int retold_store_recognise(struct batch *b, const struct uuid *ids, size_t count, bool digests, bool *told,
                           size_t *ret_count);
