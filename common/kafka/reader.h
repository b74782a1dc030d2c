/* Reads partitions without a group, from wherever one likes: the consumer of tools and tests. One thread.
 *
 *     kafka_reader_new, kafka_reader_add for each topic, kafka_reader_start, then kafka_reader_poll.
 *
 * Where it starts is fixed by kafka_reader_add, also for KAFKA_END: what is published after that call is read. */
#pragma once

#include "consumer.h"

#define KAFKA_END       INT64_C(-1)
#define KAFKA_BEGINNING INT64_C(-2)
/* The newest n records of each partition. */
#define KAFKA_NEWEST(n) (-(int64_t)(n)-2)

struct kafka_position {
    const char *topic; /* without the prefix */
    int32_t partition;
    int64_t low, high; /* first and next offset of the partition when it was added */
    int64_t next;      /* to be read */
};

struct kafka_reader;

int kafka_reader_new(const struct kafka_options *o, struct kafka_reader **ret);
void kafka_reader_free(struct kafka_reader *r);
void kafka_reader_freep(struct kafka_reader **r);

/* One partition, or all with -1; `topic` must outlive the reader. `from` is an offset or one of the above; one that
 * lies outside what the partition holds is moved to its nearer end. 0; 1: no such topic or partition; ERR_RETRY. */
int kafka_reader_add(struct kafka_reader *r, const char *topic, int32_t partition, int64_t from, int timeout_ms);
/* What was added is read from the first record of this time or later on, where it would be read from earlier. Before
 * kafka_reader_start. 0 or ERR_RETRY. */
int kafka_reader_since(struct kafka_reader *r, int64_t since_us, int timeout_ms);
int kafka_reader_start(struct kafka_reader *r);

/* 1: a record, to be given back with kafka_records_free(ret, 1); 0: none came in time; ERR_RETRY. */
int kafka_reader_poll(struct kafka_reader *r, struct kafka_record *ret, int timeout_ms);

/* What was added, in order; borrowed. */
int kafka_reader_positions(const struct kafka_reader *r, const struct kafka_position **ret);
/* Whether all is read that was there when the partitions were added. */
bool kafka_reader_caught_up(const struct kafka_reader *r);
