/* What the files of the runtime share. */
#pragma once

#include <pthread.h>
#include <signal.h>

#include "common/base/backoff.h"
#include "common/http/server.h"
#include "daemon.h"
#include "runtime_sql.h"

#define CONDITIONS_MAX 16
#define CONDITION_TEXT 512

struct condition {
    const char *of, *name;    /* which loop's; "" of the daemon itself */
    char why[CONDITION_TEXT]; /* "": holds */
};

/* A partition that is ours, as far as we know. */
struct partition_state {
    const char *topic;
    int32_t partition;
    int64_t next_offset; /* as in PostgreSQL after our last commit */
    struct journal_position seen;
    bool suspect;         /* nothing committed since it was assigned: count attempts */
    int attempts;         /* that began at next_offset before ours and did not end */
    bool counted;         /* the table says that ours has begun */
    bool holes_confirmed; /* its producer is transactional: offsets skip now and then */
    int64_t sought;       /* where we have gone: what comes first from there is what there is; -1: nowhere */
};

struct timer_state {
    int64_t due_us;
    struct backoff backoff;
};

struct daemon {
    const struct daemon_spec *spec;
    struct config *config;
    struct pg_conn *pg;
    struct kafka_consumer *consumer;
    struct http_server *http;
    struct vault_key master;
    bool has_master;
    void *state;
    bool started;         /* on_start was called for this connection */
    int64_t pg_offset_us; /* PostgreSQL's time minus the monotonic clock */
    int64_t pg_heard_us;  /* when PostgreSQL last answered */
    struct timer_state timers[DAEMON_TIMERS_MAX];
    struct partition_state *partitions;
    int partition_count;
    bool revoked; /* during this batch */
    bool careful; /* one record at a time, each counted */
    bool astray;  /* the consumer may stand elsewhere than we do: read the offsets and seek before the next poll */
    int64_t stop_deadline_us; /* 0: not stopping */
    struct backoff backoff;
    struct arena arena, timer_arena; /* timers run while a batch waits, which keeps its own */
    int64_t mirrored_us;
    char group[160];
    char epoch[JOURNAL_EPOCH_SIZE]; /* of this connection's database */

    /* a loop beside another one's: that one answers for both */
    struct daemon *face; /* NULL: it is its own */
    struct daemon *other;
    void *routes_context;

    pthread_mutex_t lock; /* of conditions: the HTTP thread reads them */
    struct condition conditions[CONDITIONS_MAX];
    int condition_count;
    _Atomic int64_t alive_us; /* the loop's last turn */
};

/* daemon.c */
int daemon_init(struct daemon *d, const struct daemon_spec *spec, struct config *config);
void daemon_done(struct daemon *d);
/* PostgreSQL connected, statements prepared, schema and epoch there, the daemon started. 0 or an error class. */
int daemon_ensure_pg(struct daemon *d);
void daemon_lose_pg(struct daemon *d);
void daemon_learn_time(struct daemon *d, int64_t pg_now_us);
/* Waits with the back-off, ends early when told to stop. The group hears from us meanwhile, and timers run where
 * PostgreSQL is there. 0, or ERR_FATAL of a timer. */
int daemon_pause(struct daemon *d, const char *what, int err_class);

/* loop.c */
int daemon_loop(struct daemon *d);

/* beside.c */
struct beside;
/* Starts spec->beside, if there is one. 0 or an error class. */
int beside_start(struct daemon *d, struct beside **ret);
/* Makes it end, and waits for it; what it ended with. NULL is fine. */
int beside_join(struct daemon *d, struct beside *b);

/* offsets.c */
int offsets_assign(struct daemon *d);
struct partition_state *offsets_find(struct daemon *d, const char *topic, int32_t partition);
/* How many of the records, from the first, go on where we left off. Before the next one something is missing: it must
 * be read again before we believe that nothing was there. */
int offsets_check(struct daemon *d, const struct kafka_record *records, int count);
/* The compare-and-set, first statement of the transaction. ERR_FENCED when a row does not match. */
int offsets_move(struct batch *b, int64_t *ret_now_us);
/* After the commit. */
void offsets_moved(struct batch *b);
/* Says in the table that an attempt at the batch has begun. */
int offsets_count_attempt(struct batch *b);
/* It has ended without the process: not this batch's doing. Where PostgreSQL is away the count stays, once. */
void offsets_uncount_attempt(struct batch *b);
/* The highest number of attempts that did not end, of the batch's partitions. */
int offsets_attempts(struct daemon *d, const struct record *records, int count);
bool offsets_suspect(struct daemon *d, const struct record *records, int count);
/* After ERR_FENCED or ERR_UNCERTAIN: reads the offsets again and seeks there. */
int offsets_reload(struct daemon *d);

/* decode.c */
/* All but the message: what it is, where it comes from, whether we have seen it, also in this very batch. */
void records_open(struct daemon *d, struct arena *a, const struct kafka_record *in, int count, struct record *out);
void records_decode(struct arena *a, struct record *records, int count);

/* process.c */
int process_records(struct daemon *d, struct kafka_record *records, int count);
int process_timer(struct daemon *d, const struct daemon_timer *t);

/* emit.c */
struct dead_letter {
    const struct record *record;
    const char *reason, *message, *tenant, *source, *source_event_id;
};
/* Writes dead letters and appends the journal. ret_emitted: whether there is something for the relay. */
int batch_flush(struct batch *b, bool *ret_emitted);

/* health.c */
int health_start(struct daemon *d);

/* metrics.c */
extern struct metric metric_batches, metric_records, metric_repeats, metric_dead_letters, metric_retries, metric_txn,
    metric_lag_age, metric_lag_records, metric_arena_peak, metric_events, metric_timer_runs;
