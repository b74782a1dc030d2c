/* Complaint events as the relay publishes them, for benchmarks of who reads them: each complaint is registered,
 * assigned and passed on. */
#pragma once

#include <stddef.h>

#include "suite.h"

enum case_step { CASE_REGISTERED, CASE_ASSIGNED, CASE_REASSIGNED, CASE_STEPS };

struct case_load;

/* `count` complaints of the demo tenant, received three minutes ago. Ends the process with a message if it cannot. */
struct case_load *case_load_new(struct suite *s, size_t count);
void case_load_free(struct case_load *l);

/* Publishes that step of complaints from..to-1 and waits until Kafka has it. */
void case_load_publish(struct case_load *l, enum case_step step, size_t from, size_t to);
