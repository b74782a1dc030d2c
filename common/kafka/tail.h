/* The ends of partitions: the newest records of whole topics, read without a group. The relay learns there what it has
 * published; tests read whole topics with it. */
#pragma once

#include "consumer.h"

struct kafka_tail_spec {
    const char *const *topics; /* NULL-terminated, without prefix */
    int64_t records;           /* of each partition the newest so many; INT64_MAX: all */
    int timeout_ms;            /* without any progress */
    /* Each topic once, before any record; 0 partitions: there is no such topic. */
    void (*on_topic)(void *context, const char *topic, int32_t partitions);
    /* Each record, in order within its partition; borrowed. */
    void (*on_record)(void *context, const struct kafka_record *r);
    /* Called now and then while Kafka is waited for; < 0 gives up with that error. May be NULL. */
    int (*on_wait)(void *context);
    void *context;
};

/* Reads up to what was the end of each partition when it was asked for. 0; ERR_RETRY: no answer in time. */
int kafka_tail_read(const struct kafka_options *o, const struct kafka_tail_spec *spec);
