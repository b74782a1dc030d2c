/* The skeleton of every daemon: command line, settings, log, signals, health, connections, the batch and timer loops.
 *
 * A daemon is a const struct daemon_spec and one call of daemon_main. Start order never matters: what is not there yet
 * (PostgreSQL, schema, Kafka, topics) is waited for, and /readyz says for what. */
#pragma once

#include "batch.h"
#include "common/config/config.h"
#include "common/http/server.h"
#include "common/vault/vault.h"

#define DAEMON_TOPICS_MAX 8
#define DAEMON_TIMERS_MAX 8

struct daemon_timer {
    const char *name;
    int every_ms;
    /* In a transaction of its own (b->count is 0); may emit. 0: done; 1: there is more, call again soon; < 0: error, to
     * be called again after a pause. It is called while a batch waits for its next attempt, too. */
    int (*run)(struct batch *b);
};

struct daemon_spec {
    const char *name;    /* also the schema and "redress-<name>" the program */
    const char *summary; /* one line for --help */
    const char *listens_to[DAEMON_TOPICS_MAX];
    /* Whether the daemon has anything to do about records of this ce_type on a topic of ours; where it has not they are
     * not even decoded. NULL: it wants all. Without the header a record is always decoded. */
    bool (*wants)(const struct topic *topic, const char *type);
    /* Called once, and again after each reconnection, with prepared statements: load what is kept in memory. */
    int (*on_start)(struct daemon *d);
    /* Called with each connection's loss or the end: nothing to be freed by on_start's next call may be lost here. */
    void (*on_stop)(struct daemon *d);
    /* Before the transaction, for what needs no locks: validation, look-ups of changed settings. May be NULL. */
    int (*on_prepare)(struct batch *b);
    /* Inside the transaction: load, decide, save, emit. */
    int (*on_batch)(struct batch *b);
    struct daemon_timer timers[DAEMON_TIMERS_MAX];
    /* For a daemon that does not consume (the relay): one step of its own loop instead of a poll; waits at most
     * wait_ms for work. */
    int (*on_step)(struct daemon *d, int wait_ms);
    /* Instead of sleeping while on_step waits for its next try: what was begun outside goes on. For so long. */
    void (*on_pause)(struct daemon *d, int64_t ms);
    /* After the last turn, with PostgreSQL as it is then: ends what on_step has begun outside. Until the stop's
     * deadline. */
    void (*on_end)(struct daemon *d);
    /* A second loop in a thread of its own, with a connection of its own and the same name, so the same role and
     * schema: for what must not wait for the records (calls to the outside). It has on_step, and `part` says which it
     * is. */
    const struct daemon_spec *beside;
    const char *part;
    /* Routes beside those of health and metrics; `routes_context` makes what their handlers get, once, before anything
     * runs, and they run in the server's thread. NULL: none. */
    const struct http_route *routes;
    void *(*routes_context)(const struct config *config);
    void (*routes_done)(void *context);
    const struct pg_statement *const *statements; /* prepared at each connection */
    const struct pg_migration *migrations;        /* its schema; checked at start, applied by redressctl db migrate */
    bool needs_master_key;
    bool opens_epoch; /* the relay: does not wait for the epoch to be opened, it is the one to do it */
};

int daemon_main(const struct daemon_spec *spec, int argc, char **argv);

/* For the daemon's own code. */
const struct config *daemon_config(const struct daemon *d);
struct pg_conn *daemon_pg(struct daemon *d);
struct kafka_options daemon_kafka_options(const struct daemon *d);
/* PostgreSQL's time as known from the last transaction and the monotonic clock; for checks before a transaction. */
int64_t daemon_now_us(const struct daemon *d);
/* The journal's epoch, as of this connection (journal.h). */
const char *daemon_epoch(const struct daemon *d);
/* What a record is and where in the journal it comes from, for whoever reads a topic by a reader of its own: no repeat
 * is known. In the arena. */
void daemon_open_record(struct arena *a, const struct kafka_record *k, struct record *ret);
/* One transaction of on_step's, as a timer's: 0, 1 as t->run said, or an error class. */
int daemon_transact(struct daemon *d, const struct daemon_timer *t);
/* A connection as the daemon's own, for a thread of its own; `part` tells it apart in pg_stat_activity. */
struct pg_conn *config_pg_new(const struct config *c, const char *daemon, const char *part);
/* NULL unless keys.file is set. */
const struct vault_key *daemon_master_key(const struct daemon *d);
/* The daemon's own data, kept for it. */
void daemon_set_state(struct daemon *d, void *state);
void *daemon_state(const struct daemon *d);
bool daemon_stopping(const struct daemon *d);
/* Partitions are assigned and their offsets known: records come, if there are any. */
bool daemon_consuming(const struct daemon *d);
/* A named condition for /readyz: why is NULL or "" when it holds. Changes are logged once. */
void daemon_condition(struct daemon *d, const char *name, const char *why);

/* Migrations of `consumer` and `dead_letter`, which every consuming daemon's schema has. */
extern const struct pg_migration runtime_migrations[];
