/* Answers to what came from outside: what became of a record, told to its sender in the encoding it came in. */
#pragma once

#include "batch.h"
#include "redress/v1/outcome.pb-c.h"

/* Whom an answer is for. "" where not readable. */
struct outcome_address {
    const char *tenant, *source, *source_event_id;
};

/* As the body names them; where that cannot be sent back, as the headers do. NULL for all three: the headers. */
struct outcome_address outcome_address_of(struct arena *a, const struct record *rec, const char *tenant,
                                          const char *source, const char *source_event_id);
/* Somebody is named to whom an answer can go. */
bool outcome_is_answerable(const struct outcome_address *to);

/* Completes the answer with the address and lets it leave with the transaction. tenant_id: of a known tenant, else "".
 * cause may be NULL. */
int outcome_emit(struct batch *b, Redress__V1__Outcome *o, const struct record *cause, const struct outcome_address *to,
                 const char *tenant_id);
/* REJECTED with these problems; `command` is "" for a submission. */
int outcome_reject(struct batch *b, const char *command, const struct record *cause, const struct outcome_address *to,
                   const char *tenant_id, const struct field_problem *problems, size_t count);
/* A record that names nobody to answer to becomes a dead letter, so that somebody sees it. */
void outcome_unanswerable(struct batch *b, const struct record *rec, const struct outcome_address *to,
                          const struct field_problem *first);
