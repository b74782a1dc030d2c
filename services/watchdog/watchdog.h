/* The watchdog: starts, pauses, warns and breaches every clock. */
#pragma once

#include "commitments.h"
#include "common/runtime/daemon.h"

extern const struct daemon_spec watchdog_spec;

/* What one process keeps in memory. */
struct watchdog {
    struct commitments *commitments;
    int64_t fired_until_us;  /* lower bound of the next look for what is due */
    int64_t look_back_us;    /* monotonic: when to look without a bound again */
    int64_t armed_from_us;   /* the earliest instant armed by us since the last look; CLOCK_NEVER: none */
    int64_t hold_until_us;   /* monotonic: nothing is fired before; see fire.c */
    int64_t hold_at_most_us; /* monotonic: and in no case longer than this */
    bool consuming;          /* partitions were there at the last look */
    size_t canaries;         /* tenants that have one of ours */
    int64_t began_us;        /* PostgreSQL's time of our first look; 0: none yet */
    int64_t lateness_us;     /* of the newest canary that we fired, as far as it is ours: not before we began */
};

/* fire.c: the timers */
int fire_due(struct batch *b);
int watch_canary(struct batch *b);
/* Told of each batch that was read: while old events are still coming, what they stop must not be fired. */
void watchdog_hold_while_behind(struct watchdog *w, const struct batch *b);
void watchdog_hold_at_start(struct watchdog *w);

/* recompute.c */
int recompute_clocks(struct batch *b);
