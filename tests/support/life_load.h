/* Complaints to be lived through by commands, for benchmarks of who handles them. A simple matter of the demo tenant:
 * the sender names its category, nothing is at stake, its home has no other. It is registered as intake and the relay
 * would; then somebody speaks to the complainant, does it, has it confirmed, closes it.
 *
 * Five events follow the registration and 21 rows change: case_file and case_state are made; each of four commands
 * changes case_state and is kept; a note and a result are kept; five events and four answers go into the journal. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "suite.h"

enum life_step { LIFE_CONTACT, LIFE_COMPLETE, LIFE_CONFIRM, LIFE_CLOSE, LIFE_STEPS };

#define LIFE_EVENTS (1 + LIFE_STEPS) /* after the registration: assigned, and one of each step */

struct life_load;

/* `count` complaints with references BENCH-<number from 0>. The reference of a command is BENCH-<step * count + number
 * of the complaint>. What cannot be done ends the process with a message. */
struct life_load *life_load_new(struct suite *s, size_t count);
void life_load_free(struct life_load *l);

/* Registers complaints from..to-1: their texts with intake, their events in the journal, for the relay to publish. */
void life_load_register(struct life_load *l, size_t from, size_t to);

/* Publishes that command for complaints from..to-1 and waits until Kafka has it. */
void life_load_publish(struct life_load *l, enum life_step step, size_t from, size_t to);

/* Publishes commands from..to-1, by the numbers of their references, at an even rate, each at its time whatever
 * happened to those before; intended_us[i] is the time (monotonic) that command i was to be sent at. */
void life_load_publish_evenly(struct life_load *l, size_t from, size_t to, double per_second, int64_t *intended_us);

/* Publishes an event of a clock that was started, of complaints from..to-1. */
void life_load_publish_clocks(struct life_load *l, size_t from, size_t to);
