/* What leaves on redress.sla.v1. */
#pragma once

#include "redress/v1/sla_event.pb-c.h"
#include "store.h"

/* Why a due instant moved, of CHANGE_DUE. */
struct change_cause {
    Redress__V1__ClockChangeReason reason;
    const char *text; /* NULL: nothing to say */
};

/* One event for one change. `p` may be NULL: what the policy says about it is left out then. */
int event_emit(struct batch *b, const struct record *cause, const struct promises *p, const struct watched_case *row,
               const struct clock_change *change, const struct change_cause *why);
