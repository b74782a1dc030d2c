/* What a floor reads: topics from their beginning, all partitions without a group, offsets moved by compare-and-set in
 * the transaction that takes the records. */
#pragma once

#include "floor.h"

#define FLOOR_TOPICS_MAX     4
#define FLOOR_PARTITIONS_MAX 64

struct floor_topic {
    const char *name; /* without the prefix */
    int partitions;
    int64_t next[FLOOR_PARTITIONS_MAX];
};

struct floor_stream {
    rd_kafka_t *rk;
    size_t prefix_len;
    struct floor_topic topics[FLOOR_TOPICS_MAX];
    int topic_count;
    struct floor_array offsets[4];
};

/* Prepares "move"; schema: of the daemon whose table `consumer` it moves; topics: NULL at the end. Not in pipeline mode
 * yet. */
void floor_stream_open(struct floor_stream *s, PGconn *c, const char *schema, const char *const *topics);
void floor_stream_close(struct floor_stream *s);
/* Waits for the first record, then takes what is there, or what comes until the window is over. */
int floor_stream_poll(struct floor_stream *s, rd_kafka_message_t **ret, int max, int wait_ms, int64_t window_us);
/* The number of the record's topic in the list. */
int floor_stream_topic(const struct floor_stream *s, const rd_kafka_message_t *m);
/* Sends the move behind these records; its answer must have floor_stream_moved rows. */
void floor_stream_move(struct floor_stream *s, PGconn *c, rd_kafka_message_t *const *messages, int count);
void floor_stream_moved(const struct floor_stream *s, const PGresult *r);
