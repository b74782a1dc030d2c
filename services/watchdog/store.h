/* The watchdog's tables. */
#pragma once

#include "clockwork.h"
#include "common/base/id_index.h"
#include "common/runtime/batch.h"

/* A complaint of the batch, each once. */
struct watched_case {
    struct uuid id;
    const char *tenant, *number;
    int64_t version; /* 0: not known yet */
    struct clock_case clock_case;
    bool changed;
};

struct watched_set {
    struct id_index ids;
    struct watched_case *rows; /* by the index' numbers */
};
void watched_set_init(struct watched_set *s, struct arena *a, size_t max);
/* The row of this id, made if there is none. */
struct watched_case *watched_set_add(struct watched_set *s, const struct uuid *id);
struct watched_case *watched_set_get(const struct watched_set *s, const struct uuid *id);

/* Locks and fills in what is known of the cases, then all their clocks. */
int store_load_cases(struct batch *b, struct watched_set *s);
int store_load_clocks(struct batch *b, struct watched_set *s);
/* Writes what has changed. */
int store_save(struct batch *b, const struct watched_set *s);

/* A clock that has come due, and which of its points are to be told: from told_before to clock.fired. */
struct fired_clock {
    struct uuid complaint;
    struct case_clock clock;
    size_t told_before;
    const struct watched_case *row; /* NULL: a canary */
};
/* Takes the earliest that are due, not before from_us, and moves them on; *ret_until is how far it went. */
int store_take_due(struct batch *b, int64_t from_us, int64_t limit, struct fired_clock **ret, size_t *ret_count,
                   int64_t *ret_until_us);

int store_make_canary(struct batch *b, const char *tenant, const char *instance, int64_t first_us);
int store_arm_canaries(struct batch *b, const struct fired_clock *fired, size_t count, int64_t next_us);
/* How long the oldest canary of this instance is due already; 0: none is. */
int store_canary_overdue(struct batch *b, const char *instance, int64_t *ret_us);

/* A list of running clocks that are to be worked out again. */
struct recompute_job {
    int64_t id;
    const char *tenant, *policy, *reason;
    int version;
    struct uuid done_until;
};
/* The oldest one that nobody is at; *ret_found false: there is none. */
int store_take_recompute(struct batch *b, struct recompute_job *ret, bool *ret_found);
/* Its next cases that have running clocks, locked. */
int store_next_cases(struct batch *b, const struct recompute_job *j, int64_t limit, struct watched_set *ret);
int store_recompute_done(struct batch *b, const struct recompute_job *j, const struct uuid *until);
