/* A group consumer whose offsets live elsewhere (in PostgreSQL): it asks for them, never Kafka.
 *
 * One thread. The group's changes are seen inside kafka_consumer_poll; what was assigned is then waiting in
 * kafka_consumer_pending until the owner has loaded its offsets and calls kafka_consumer_assign.
 *
 * Assignor `range` and static membership: cooperative-sticky aborts the process in librdkafka 2.0.2, and its batch call
 * loses records when partitions are paused; so batches are built from single polls. */
#pragma once

#include "kafka.h"

struct kafka_partition {
    const char *topic; /* without the prefix; one of the topics given to kafka_consumer_new */
    int32_t partition;
    int64_t offset; /* next to be read */
};

struct kafka_record {
    const char *topic; /* without the prefix */
    int32_t partition;
    int64_t offset;
    int64_t timestamp_us; /* of Kafka; 0 if it has none */
    const void *key, *value;
    size_t key_len, value_len;
    void *message; /* librdkafka's */
};

struct kafka_consumer_spec {
    const char *group;
    const char *instance;      /* group.instance.id: unique among the group's running members */
    const char *const *topics; /* NULL-terminated, without prefix; must outlive the consumer */
    int session_timeout_ms, max_poll_interval_ms;
    void (*on_revoked)(void *context); /* what was polled and not committed is no longer ours */
    void *context;
};

struct kafka_consumer;

/* Subscribes; ERR_FATAL on bad settings, ERR_RETRY while a topic does not exist yet. */
int kafka_consumer_new(const struct kafka_options *o, const struct kafka_consumer_spec *spec,
                       struct kafka_consumer **ret);
/* Leaves the group cleanly. */
void kafka_consumer_free(struct kafka_consumer *c);

/* Builds a batch: waits up to wait_ms for the first record, then takes what comes until max_records, max_bytes or
 * window_us after the first. Returns the number of records (0: none came), or
 * ERR_RETRY (broker or group trouble, will heal), ERR_FATAL (fenced: another member has our instance id), or
 * ERR_FENCED (an offset that we need does not exist any more: err_text() says which; partition stays unread). */
int kafka_consumer_poll(struct kafka_consumer *c, struct kafka_record *records, int max_records, size_t max_bytes,
                        int wait_ms, int64_t window_us);
void kafka_records_free(struct kafka_record *records, int count);
/* For an owner who waits for something else: the group hears from us, trouble is kept for the next poll. true: a record
 * came and was dropped; seek before the next poll. */
bool kafka_consumer_attend(struct kafka_consumer *c, int wait_ms);

/* Partitions newly given to us whose offsets are not known yet; -1 if none were given. 0 is an answer too, for a member
 * that is left with nothing: until it is assigned the group takes it for busy. Borrowed until the next poll. */
int kafka_consumer_pending(struct kafka_consumer *c, const struct kafka_partition **ret);
/* Starts reading at the given offsets (all pending partitions, in any order; count may be 0). */
int kafka_consumer_assign(struct kafka_consumer *c, const struct kafka_partition *partitions, int count);
/* Goes back (or on) to an offset of an assigned partition. */
int kafka_consumer_seek(struct kafka_consumer *c, const struct kafka_partition *p);
/* Whether the group has given us our share, be it nothing. */
bool kafka_consumer_has_assignment(const struct kafka_consumer *c);

/* Stops and restarts the flow while the owner waits for something else; keep polling meanwhile. */
void kafka_consumer_pause(struct kafka_consumer *c, bool paused);

/* First and next offset of a partition as the broker has it. */
int kafka_consumer_watermarks(struct kafka_consumer *c, const struct kafka_partition *p, int64_t *ret_low,
                              int64_t *ret_high);

/* Tells Kafka how far we are, for monitoring only; does not wait. */
void kafka_consumer_mirror(struct kafka_consumer *c, const struct kafka_partition *partitions, int count);

/* The value of a record's header, false if it has none of that name (the last one counts). Borrowed. */
bool kafka_record_header(const struct kafka_record *r, const char *name, const void **ret_value, size_t *ret_len);
/* Header by index, for those who want all; false past the end. */
bool kafka_record_header_at(const struct kafka_record *r, size_t index, struct kafka_header *ret);
