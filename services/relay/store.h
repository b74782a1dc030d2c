/* The relay's tables: journal.entry to read, journal.cursor, epoch and topic to keep. */
#pragma once

#include "common/pg/pg.h"
#include "epoch.h"
#include "message.h"
#include "tails.h"

/* Where the relay stands and what there is. */
struct standing {
    struct journal_position cursor; /* its epoch: "" when none was ever opened */
    char now_epoch[sizeof((struct journal_position *)0)->epoch];
    int64_t last_batch; /* newest number drawn */
};

/* Planner, durability and idle time-out of the session. */
int store_set_session(struct pg_conn *c, struct arena *a, int64_t idle_session_ms);
/* Whether this session is the relay now. */
int store_take_lock(struct pg_conn *c, bool *ret_taken);

int store_load_standing(struct pg_conn *c, struct standing *ret);
int store_load_epochs(struct pg_conn *c, struct epochs *ret);
/* Adds what was published to, with the recorded numbers of partitions. */
int store_load_topics(struct pg_conn *c, struct tails *tails);
/* *ret: the number that counts. */
int store_add_topic(struct pg_conn *c, struct arena *a, const char *topic, int32_t partitions, int32_t *ret);

/* Opens an epoch whose numbers start past `past`; durable when it returns 0. */
int store_open_epoch(struct pg_conn *c, struct arena *a, const char *epoch, int64_t past);
int store_ensure_partitions(struct pg_conn *c, struct arena *a);

int store_read(struct pg_conn *c, struct arena *a, int64_t after_batch, int32_t after_ord, int32_t limit,
               struct pg_result **ret);
void store_entry(const struct pg_result *r, int row, struct entry *ret);
int store_take_xid(struct pg_conn *c, uint64_t *ret);
/* ERR_RETRY if the cursor is not there to be moved: another epoch was opened, or it stands further on. */
int store_move_cursor(struct pg_conn *c, struct arena *a, const struct journal_position *to);
int store_measure_lag(struct pg_conn *c, struct arena *a, const struct journal_position *cursor, int64_t *ret_entries,
                      int64_t *ret_age_ms);
