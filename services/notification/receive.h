/* What gateways tell afterwards, over HTTP: each has an address of its own with a secret in it, some sign as well. A
 * receipt is written before it is answered, and applied by the loop that listens. */
#pragma once

#include "common/runtime/daemon.h"

#define RECEIPTS_EVERY_MS 200

extern const struct http_route receive_routes[];
/* Their context: a connection of its own, for they run in the server's thread. */
void *receive_open(const struct config *config);
void receive_close(void *context);

/* A timer: what the receipts say becomes the state of messages. */
int receipts_apply(struct batch *b);
