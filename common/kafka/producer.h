/* Producers: the relay's (nothing lost, nothing reordered) and the tools'. */
#pragma once

#include "kafka.h"

struct kafka_producer;

/* How one record fared: err_class 0 is acknowledged; `offset` where it lies. Called from kafka_producer_poll/flush. */
typedef void kafka_delivered(void *context, void *tag, int err_class, const char *why, int32_t partition,
                             int64_t offset);

struct kafka_producer_spec {
    bool gapless; /* the relay: one request in flight, retry for ever, stop at the first permanent error */
    int linger_ms;
    int timeout_ms; /* message.timeout.ms for tools; the relay's is 0 (for ever) */
    size_t max_record_bytes;
    kafka_delivered *on_delivered;
    void *context;
};

int kafka_producer_new(const struct kafka_options *o, const struct kafka_producer_spec *spec,
                       struct kafka_producer **ret);
/* Drops what is in the queue; flush first if it matters. */
void kafka_producer_free(struct kafka_producer *p);

struct kafka_message {
    const char *topic; /* without prefix */
    int32_t partition; /* -1: by key, murmur2 */
    const void *key, *value;
    size_t key_len, value_len;
    const struct kafka_header *headers;
    size_t header_count;
    void *tag; /* given back to on_delivered */
};

/* Queues a copy. 0, ERR_RETRY (queue full: poll and try again), ERR_POISON (too large, unknown topic). */
int kafka_produce(struct kafka_producer *p, const struct kafka_message *m);
/* Serves deliveries for up to timeout_ms; returns the number of events served. */
int kafka_producer_poll(struct kafka_producer *p, int timeout_ms);
/* 0 when the queue is empty, ERR_RETRY when the time is over first. */
int kafka_producer_flush(struct kafka_producer *p, int timeout_ms);
/* Records queued or in flight. */
int kafka_producer_pending(struct kafka_producer *p);
/* A fatal error of the idempotent producer: it must be made anew. 0 if there is none. */
int kafka_producer_fatal(struct kafka_producer *p);

/* Number of partitions of a topic; ERR_RETRY if the broker does not answer, 0 if there is no such topic. */
int kafka_producer_partitions(struct kafka_producer *p, const char *topic, int timeout_ms);
