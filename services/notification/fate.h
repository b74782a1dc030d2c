/* Telling on redress.notifications.v1 what became of messages. */
#pragma once

#include "store.h"

/* What only the answer of a gateway says. */
struct fate {
    const char *request_id;
    int parts;
    bool goes_on; /* failed, and another channel is tried */
};

/* By the message's state; what waits or is under way is not told. `f` may be NULL. */
int fate_emit(struct batch *b, const struct message *m, const struct fate *f);
/* These alone. */
int fate_emit_each(struct batch *b, const struct message *items, size_t count);
/* Digests among them with all that they tell. */
int fate_emit_all(struct batch *b, const struct message *items, size_t count);

bool fate_is_digest(const struct message *m);
/* A digest whose state has changed in this transaction. */
struct fate_digest {
    struct uuid id;
    bool goes_on;
};
/* What digests tell has their fate, each by an event of its own. The digests' own events are the caller's. */
int fate_emit_told(struct batch *b, const struct fate_digest *digests, size_t count);
void fate_metrics(void);
