/* What intake tells: that a complaint was registered, and to each sender what became of his record. */
#pragma once

#include "submission.h"

/* Emits Registered, version 1 of the complaint; its hash goes to s->head. */
int events_registered(struct batch *b, struct submission *s);

/* Whom an answer is for: as the body, or the headers of an unreadable body, name them. "" where not readable. */
struct address {
    const char *tenant, *source, *source_event_id;
};

/* Emits the answer to a submission that was checked and registered. */
int events_outcome(struct batch *b, const struct submission *s, const struct address *to);

/* Emits REJECTED with problems. tenant_id: of a known tenant, else "". */
int events_rejected(struct batch *b, const struct record *cause, const struct address *to, const char *tenant_id,
                    const struct field_problem *problems, size_t count);
