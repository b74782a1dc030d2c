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
int fate_emit_all(struct batch *b, const struct message *items, size_t count);
void fate_metrics(void);
