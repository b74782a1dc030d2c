/* What a floor reads: one topic from its beginning, all partitions without a group, offsets moved by compare-and-set in
 * the transaction that takes the records. */
#pragma once

#include "floor.h"

#define FLOOR_PARTITIONS_MAX 64

struct floor_stream {
    rd_kafka_t *rk;
    const char *topic; /* without the prefix */
    int partitions;
    int64_t next[FLOOR_PARTITIONS_MAX];
    struct floor_array offsets[4];
};

/* Prepares "move"; schema: of the daemon whose table `consumer` it moves. Not in pipeline mode yet. */
void floor_stream_open(struct floor_stream *s, PGconn *c, const char *schema, const char *topic);
void floor_stream_close(struct floor_stream *s);
/* Waits for the first record, then takes what is there, or what comes until the window is over. */
int floor_stream_poll(struct floor_stream *s, rd_kafka_message_t **ret, int max, int wait_ms, int64_t window_us);
/* Sends the move behind these records; its answer must have floor_stream_moved rows. */
void floor_stream_move(struct floor_stream *s, PGconn *c, rd_kafka_message_t *const *messages, int count);
void floor_stream_moved(const struct floor_stream *s, const PGresult *r);
