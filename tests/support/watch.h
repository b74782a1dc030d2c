/* What a user of the topics sees: a thread that reads complaints and outcomes from their beginning and notes when each
 * record came; and the judgement of what it saw. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/kafka/kafka.h"

struct watch;

/* Starts reading redress.complaints.v1 and redress.outcomes.v1. Ends the process with a message if it cannot. */
struct watch *watch_new(const struct kafka_options *o);
void watch_free(struct watch *w);

/* Records seen so far. */
size_t watch_complaints(const struct watch *w);
size_t watch_outcomes(const struct watch *w);
/* Waits until so many were seen in all; 0, or -1 (and a message) after the time. */
int watch_wait(struct watch *w, size_t complaints, size_t outcomes, int seconds);

/* The same for complaints that were assigned: more may follow from that, and nobody knows of how many. */
int watch_wait_assigned(struct watch *w, size_t assigned, int seconds);

/* Ends of all partitions together, asked from Kafka without reading the records: cheap enough while measuring. */
struct ends;
struct ends *ends_new(const struct kafka_options *o, const char *topic);
void ends_free(struct ends *e);
int64_t ends_sum(struct ends *e);

struct sightings {
    size_t count;                         /* numbers 0..count-1 of the load */
    int64_t *registered_us, *assigned_us; /* when they were seen (monotonic); 0: not */
    int64_t *outcomes;                    /* how many of each number */
    int64_t registered, assigned, accepted, duplicate, other_outcomes;
    int64_t problems; /* seen twice, a gap in a complaint's versions, unreadable, not ours */
};

/* Reads all that was seen. The thread is stopped first: nothing more is seen afterwards. */
void watch_judge(struct watch *w, size_t count, struct sightings *ret);
/* When the outcome of each number was first seen (monotonic; 0: not), after watch_judge. */
void watch_outcomes_us(const struct watch *w, int64_t *when_us, size_t count);
void sightings_done(struct sightings *s);
