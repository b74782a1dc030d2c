/* What the relay's tests share: waiting until it has caught up, then asking the oracles. */
#pragma once

#include <stdbool.h>

#include "journal_load.h"
#include "oracle.h"
#include "suite.h"

/* Seed of this run: REDRESS_TEST_SEED, or a new one. */
unsigned relay_test_seed(void);
/* Number of events for a long run: all of them, or a tenth under sanitizers unless REDRESS_TEST_FULL is set. */
int64_t relay_test_events(int64_t all);
/* Until the cursor is at the journal's end. */
bool relay_caught_up(struct suite *s, int seconds);
/* Caught up, and every oracle content. ret_repeats may be NULL. Returns the number of violations, -1 if it did not
 * catch up or the servers did not answer. */
int64_t relay_check(struct suite *s, int seconds, size_t *ret_repeats);
/* Lets time pass under load. */
void relay_sleep_ms(int ms);
