/* Writers for the relay's tests: threads that do what daemons do to the journal, with aborts, stalls and broken
 * connections on the way. Everything that they committed is counted in a table by the same transactions. */
#pragma once

#include <stdint.h>

#include "common/pg/pg.h"

struct load_spec {
    const char *uri;
    unsigned seed;
    int writers;
    int keys;              /* aggregates, each a hash chain */
    int per_batch;         /* events of one transaction, about */
    int64_t events;        /* stop after so many; INT64_MAX: when told */
    int payload;           /* bytes */
    int abort_one_in;      /* transactions that roll back after the append; 0: none */
    int stall_one_in;      /* transactions that wait between append and commit; 0: none */
    int stall_ms;          /* at most */
    int disconnect_one_in; /* connections dropped between append and commit; 0: none */
    int pause_us;          /* between transactions */
};

struct load;

/* Makes the table load.state, once per database. */
void load_prepare(struct pg_conn *superuser, int keys);
struct load *load_start(const struct load_spec *spec);
int64_t load_committed(const struct load *l); /* about: those that were answered */
/* Tells them to stop, unless `events` stops them, and waits for them. */
void load_stop(struct load *l);
void load_wait(struct load *l);
/* How many events the journal must hold, by what was committed. */
int64_t load_expected(struct pg_conn *c);
