/* What is in Kafka already: for each topic that is published to, the number of partitions and the newest journal
 * position of each. Read when a relay takes over and after each failure; that is what makes repeats rare, and a cursor
 * that lags harmless. */
#pragma once

#include "common/kafka/tail.h"
#include "epoch.h"

#define TAILS_TOPICS_MAX 32
/* More than the last one: a stopped relay that wakes may put a few older ones behind what its successor wrote. */
#define TAILS_RECORDS 100

struct tail_partition {
    struct journal_position newest; /* epoch "": holds nothing of the relay's */
    /* A broker takes any sequence number from a producer that it does not know, so a refused first batch would be
     * followed by the next one, and a hole be there. Hence the first record goes alone (tails_may_send). */
    bool first_out;
    int64_t acked_us; /* monotonic; 0: nothing yet by this producer */
};

struct tail_topic {
    char name[250];
    int32_t partitions;           /* in Kafka when the tails were read; 0: there was no such topic */
    bool stale;                   /* there is another number now: nothing may be sent before they are read anew */
    int32_t recorded;             /* in journal.topic; 0: never published to */
    struct tail_partition *parts; /* as many */
};

struct tails {
    struct tail_topic topics[TAILS_TOPICS_MAX];
    size_t count;
    int64_t highest_batch; /* of any epoch */
    const struct epochs *epochs;
};

void tails_done(struct tails *t);
/* The topic, NULL if it is not among them. */
struct tail_topic *tails_find(struct tails *t, const char *topic);
/* The topic, put there if it is not. NULL when there are too many. */
struct tail_topic *tails_add(struct tails *t, const char *topic);

/* One record's position, from its headers; false if it is not the relay's. */
bool tails_position(const struct kafka_record *r, struct journal_position *ret);

/* Reads them anew for all topics that were added. on_wait as in kafka_tail_read. */
int tails_read(struct tails *t, const struct epochs *epochs, const struct kafka_options *o, int timeout_ms,
               int (*on_wait)(void *context), void *context);

/* How many partitions there are now. */
void tails_compare(struct tail_topic *t, int32_t partitions);

/* Whether another record may be sent to the partition now; if so, it counts as sent. */
bool tails_may_send(struct tail_partition *p, int64_t now_us);
void tails_acknowledged(struct tail_partition *p, int64_t now_us);

/* The highest batch number of one epoch. */
int64_t tails_highest_of(const struct tails *t, const char *epoch);
