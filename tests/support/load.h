/* A load of submissions: real complaints' texts (deploy/samples), one reference, phone and home each, encoded before
 * anything is measured; and the producer that sends them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/kafka/kafka.h"

#define LOAD_SOURCE "bench"

struct load;

/* count submissions of the demo tenant with references BENCH-<number from 0>; every json_every-th one as JSON (0:
 * none). Ends the process with a message if the samples cannot be read. */
struct load *load_new(size_t count, unsigned json_every);
void load_free(struct load *l);
/* Bytes of all values. */
size_t load_bytes(const struct load *l);

/* Number of a reference made here; -1 if it is none. */
int64_t load_number(const char *source_event_id);

/* Sends numbers from..to-1 as fast as it goes and waits until Kafka has them. */
void load_publish(struct load *l, const struct kafka_options *o, size_t from, size_t to);

/* Sends numbers from..to-1 at an even rate, each at its time whatever happened to those before; intended_us[i] is the
 * time (monotonic) that number i was to be sent at. The producer is kept for the next call. */
void load_publish_evenly(struct load *l, const struct kafka_options *o, size_t from, size_t to, double per_second,
                         int64_t *intended_us);
