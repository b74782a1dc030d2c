/* What time does to messages: what was held goes, what is old ends, what was lost is unknown. Timers of the daemon. */
#pragma once

#include "common/runtime/batch.h"

#define RELEASE_EVERY_MS 500
#define EXPIRE_EVERY_MS  1000
#define LOST_EVERY_MS    5000
#define WAITING_EVERY_MS 5000
#define PURGE_EVERY_MS   600000
#define MEASURE_EVERY_MS 15000
#define BY_HAND_EVERY_MS 1000

/* Messages held until now; those that are to be told together become one. */
int release_held(struct batch *b);
int release_expired(struct batch *b);
/* What an operator has cancelled is told on redress.notifications.v1. */
int release_by_hand(struct batch *b);
/* Calls whose process died: nobody knows what became of them. */
int release_lost(struct batch *b);
/* Nobody said in time what became of a message: what the gateway's settings want. */
int release_waiting(struct batch *b);
/* Metrics of the queues. */
int release_measure(struct batch *b);
void release_metrics(void);
/* Receipts, quotas and bad addresses that are of no use any more. */
int release_purge(struct batch *b);
