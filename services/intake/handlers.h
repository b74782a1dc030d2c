/* What the runtime calls (common/runtime/daemon.h). */
#pragma once

#include "common/runtime/daemon.h"

int intake_on_start(struct daemon *d);
void intake_on_stop(struct daemon *d);
int intake_on_prepare(struct batch *b);
int intake_on_batch(struct batch *b);

#define INTAKE_TENANTS_EVERY_MS 10000
/* Tenants of which nothing could be taken are looked at again: one may have been put right. */
int intake_look_again(struct batch *b);

#define INTAKE_ERASE_EVERY_MS 60000
/* erase.c: follows what dispatch has erased. */
int intake_erase(struct batch *b);
