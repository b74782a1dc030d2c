/* Publishes submissions or commands and waits for what becomes of them, as a good integrator does: the readers of
 * outcomes and dead letters stand at the topics' ends before the first record leaves.
 *
 * Outcomes are matched by key, oldest first; dead letters by the partition and offset that Kafka gave the record. */
#pragma once

#include "common/event/problem.h"
#include "ctl.h"
#include "redress/v1/outcome.pb-c.h"

enum exchange_state {
    EXCHANGE_UNSENT,
    EXCHANGE_WAITING,  /* published, or on its way */
    EXCHANGE_FAILED,   /* Kafka did not take it: `failure` */
    EXCHANGE_ANSWERED, /* there is an outcome */
    EXCHANGE_DEAD,     /* there is a dead letter and no outcome; `problems` has its reason */
};

/* What the Assigned event of an accepted submission said, and when Kafka got it. */
struct exchange_assignment {
    int64_t at_us;
    const char *project_code, *category_code, *severity, *department_code, *assignee_id;
};

struct exchange_item {
    const char *key;
    const char *answer_key; /* of its outcome; NULL: the same key */
    const void *value;
    size_t value_len;
    const struct kafka_header *headers;
    size_t header_count;
    bool dead_letter_expected; /* no outcome is waited for */
    unsigned line;             /* of the file it came from */

    /* what became of it; texts are in the run's arena */
    enum exchange_state state;
    const char *failure;
    int32_t partition;
    int64_t offset;               /* -1 until Kafka has acknowledged it */
    int64_t sent_us, answered_us; /* our clock at publishing; Kafka's time of the answer */
    Redress__V1__OutcomeResult result;
    const char *complaint_id, *complaint_number;
    const Redress__V1__Outcome *outcome; /* the whole of it, where it is kept */
    const struct field_problem *problems;
    size_t problem_count;
    const char *answer_id;                        /* ce_id: an answer that is published twice is taken once */
    struct exchange_item *same_key;               /* the next one sent with this key */
    bool followed;                                /* to its assignment */
    const struct exchange_assignment *assignment; /* NULL: not seen */
};

struct exchange {
    struct ctl *ctl;
    const char *topic; /* where to publish */
    struct exchange_item *items;
    size_t count;
    bool wait;          /* for outcomes; else only for Kafka's acknowledgements */
    bool keep_outcomes; /* whole, in the items */
    bool follow;        /* wait for the assignment of what is accepted, too */
    int64_t timeout_ms; /* without any progress */
    int64_t rate_per_s; /* 0: as fast as it goes */
    void (*progress)(void *context, size_t sent, size_t answered, size_t total);
    void *context;
};

/* 0: all have an answer; 1: the time is over first, the items' states say which have none; < 0. */
int exchange_run(const struct exchange *x);

/* "ACCEPTED", "DUPLICATE", "CONFLICT", "REJECTED", "REFUSED", "DEAD_LETTER", "FAILED" or "NO_ANSWER". */
const char *exchange_result(const struct exchange_item *item);
/* "path:code path:code", in the arena; "" for none. */
const char *exchange_problems(struct arena *a, const struct exchange_item *item);
