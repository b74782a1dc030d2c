/* How the pauses of a case are kept in its row: from, to, reason; 20 bytes each, big-endian. */
#pragma once

#include "clockwork.h"

#define PAUSE_BYTES 20

void pauses_read(struct arena *a, const void *bytes, size_t len, struct clock_case *c);
/* c->pause_count * PAUSE_BYTES. */
const void *pauses_write(struct arena *a, const struct clock_case *c);
