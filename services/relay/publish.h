/* Entries into Kafka: the producer, what is on its way, and the first thing that went wrong. */
#pragma once

#include "common/base/metrics.h"
#include "common/kafka/producer.h"
#include "message.h"
#include "tails.h"
#include "window.h"

struct publisher {
    struct kafka_options options;
    int linger_ms;
    struct kafka_producer *producer; /* NULL: closed */
    struct window window;
    int64_t acked_us;     /* monotonic: the last acknowledgement, or the first send after a pause */
    char why[256];        /* of the first failed delivery */
    struct metric *delay; /* recorded to acknowledged */
};

/* in_flight is rounded up to a power of two. */
void publisher_init(struct publisher *p, const struct kafka_options *o, int linger_ms, int64_t in_flight,
                    struct metric *delay);
/* Drops what is in flight; the window keeps nothing. */
void publisher_close(struct publisher *p);
int publisher_open(struct publisher *p);
void publisher_done(struct publisher *p);

/* Sends to the partition whose state is given. 0; 1: no room now; ERR_POISON: refused by the client itself. */
int publisher_send(struct publisher *p, const struct message *m, int32_t partition, const struct entry *e,
                   struct tail_partition *state);
/* Notes an entry that needs no sending, in its order. 0 or 1 as above. */
int publisher_skip(struct publisher *p, const struct entry *e);
/* Serves acknowledgements for up to timeout_ms. 0, or ERR_RETRY when something failed: the publisher must be closed. */
int publisher_poll(struct publisher *p, int timeout_ms);
