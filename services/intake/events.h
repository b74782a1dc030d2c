/* What intake tells: that a complaint was registered, and to each sender what became of his record. */
#pragma once

#include "common/runtime/outcome.h"
#include "submission.h"

/* Emits Registered, version 1 of the complaint; its hash goes to s->head. */
int events_registered(struct batch *b, struct submission *s);

/* Emits the answer to a submission that was checked and registered. */
int events_outcome(struct batch *b, const struct submission *s, const struct outcome_address *to);
