/* What everybody does alike who follows complaints by their events: one event after the other, by version. A lower one
 * came before and is dropped; a higher one than the next shows that something is missing and is set aside. */
#pragma once

#include "batch.h"
#include "redress/v1/complaint_event.pb-c.h"

static inline const Redress__V1__ComplaintEvent *event_of(const struct record *rec)
{
    return (const Redress__V1__ComplaintEvent *)rec->message;
}

/* Sets the event aside with a line in the log: reason and message as for batch_dead_letter. */
void complaint_refuse(struct batch *b, const struct record *rec, const char *reason, const char *message);

/* Whose event it is; false: it cannot be told, the event was set aside. */
bool complaint_identify(struct batch *b, const struct record *rec, struct uuid *ret_id);

/* Whether the event follows `version`, the newest that was applied (0: none); if it does not it was dropped or set
 * aside. */
bool complaint_is_next(struct batch *b, const struct record *rec, int64_t version);
