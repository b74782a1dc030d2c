/* A suite for the watchdog: a tenant with promises, complaint events published as the relay would, and what must hold
 * of what it told. The relay itself need not run: what was told is read from the journal. What cannot be done ends the
 * test with a message, as in suite.h. */
#pragma once

#include "common/kafka/producer.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "suite.h"

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)

/* Limits of the stage's policy: points at 50, 80, 100 and 150 %. */
#define STAGE_LIMIT (10 * MINUTE)

#define CLOCKS "SELECT count(*) FROM watchdog.clock WHERE policy_code <> ''"
#define DUE    "SELECT count(*) FROM watchdog.clock WHERE policy_code <> '' AND next_at <= now()"
#define DEAD   "SELECT count(*) FROM watchdog.dead_letter"
#define TOLD(member)                                                                                                   \
    "SELECT count(*) FROM journal.entry WHERE topic = 'redress.sla.v1' AND type = 'redress.v1.SlaEvent." member "'"

struct stage {
    struct suite *s;
    struct kafka_producer *producer;
    struct arena arena;
    int64_t sent; /* records; their journal positions are 1, 2, 3, ... */
};

/* Every day and hour counts. Clocks: assignment (received to assigned) and acceptance (assigned or reassigned, again at
 * each, to acknowledged) of 10 minutes, and a plan of five days. */
void stage_open(struct stage *st, const char *name);
void stage_close(struct stage *st);

struct uuid stage_register(struct stage *st, int64_t received_us);
void stage_assign(struct stage *st, const struct uuid *id, int64_t version, int64_t at_us);
void stage_reassign(struct stage *st, const struct uuid *id, int64_t version, int64_t at_us);
/* Any other event: an empty one of this complaint, to be given its member and published. */
Redress__V1__ComplaintEvent stage_event(struct stage *st, const struct uuid *id, int64_t version, int64_t at_us);
void stage_publish(struct stage *st, Redress__V1__ComplaintEvent *e);
Google__Protobuf__Timestamp *stage_stamp(struct stage *st, int64_t at_us); /* in the stage's arena */
void stage_flush(struct stage *st);

/* The answer to constant SQL. */
struct pg_result *stage_ask(struct stage *st, const char *sql);

/* A point of a clock that was told. */
struct told {
    const char *key; /* complaint, policy, clock, cycle, percent */
    int64_t reached_us, lateness_ms;
    int percent;
};
/* Every one, in the order in which they were told; in the stage's arena. */
struct told *stage_told(struct stage *st, size_t *ret_count);

/* O8, by the clocks as they stand: no point is told twice or early, each one that was reached (2 s ago or more, where
 * the clock still runs) is told, and what the table says was told is what was told. Returns the number of violations
 * and prints the first few; *ret_told: how many were told; may be NULL. */
int64_t stage_check(struct stage *st, size_t *ret_told);
