/* What the files of the relay share. */
#pragma once

#include "common/base/backoff.h"
#include "common/base/metrics.h"
#include "common/runtime/daemon.h"
#include "gap.h"
#include "publish.h"
#include "store.h"
#include "tails.h"

struct relay {
    struct daemon *daemon;
    struct arena arena;
    struct epochs epochs;
    struct tails tails;
    struct publisher publisher;
    struct gap gap;                 /* where reading stands */
    struct journal_position cursor; /* as in PostgreSQL */
    struct journal_position acked;  /* where it may be moved to */

    bool leads; /* this session has the lock */
    bool open;  /* tails read, epoch open, producer there */

    /* After a failed delivery one entry at a time is sent until this one is behind us: what is refused is then known
     * exactly, and nothing later overtakes it. */
    int64_t careful_batch;
    int32_t careful_ord;
    /* What was sent last, for the message about it. */
    struct {
        int64_t batch;
        int32_t ord;
        size_t bytes;
        char topic[128], type[128];
    } last;

    char blocked[400]; /* why nothing more is sent; "": go on */
    int64_t blocked_batch;
    int32_t blocked_ord;
    struct backoff retry; /* of opening again */
    int64_t retry_us;     /* monotonic; not before this */

    bool stalled;     /* the next entry has to wait for an acknowledgement */
    bool behind;      /* the last read was full: more is there */
    int gap_pause_ms; /* while the gap rule waits; 0: it does not */
    int64_t gap_since_us;
    int64_t read_us, cursor_us, ping_us, lag_us, upkeep_us; /* monotonic: when each was last done */
};

/* open.c */
/* Everything that must be known before something is published. 0; 1: cannot yet, a condition says why; < 0. */
int relay_open(struct relay *r);
/* Stops publishing; opens again after a pause. */
void relay_close(struct relay *r);
/* Keeps PostgreSQL from taking a relay that waits for Kafka for one that hangs. */
int relay_keep_session(void *relay);

/* relay.c */
extern struct metric metric_relay_published, metric_relay_repeated, metric_relay_gaps, metric_relay_gap_wait,
    metric_relay_rolled_back, metric_relay_lag_entries, metric_relay_lag_ms, metric_relay_in_flight, metric_relay_delay,
    metric_relay_leader, metric_relay_failures, metric_relay_refused;
