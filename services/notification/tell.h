/* From events to messages: the loop that listens. */
#pragma once

#include "common/runtime/daemon.h"
#include "notice_tenants.h"
#include "retold.h"

/* What either loop keeps in memory. */
struct notification {
    struct notice_tenants *tenants;
    struct retold_known retold;
};

int tell_on_start(struct daemon *d);
void tell_on_stop(struct daemon *d);
int tell_on_prepare(struct batch *b);
int tell_on_batch(struct batch *b);
