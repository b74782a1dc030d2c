/* Likely duplicates within one batch (R7): those that the tables cannot show yet. Pure. */
#pragma once

#include "submission.h"

/* For each of the new submissions, in the order of their registration: an earlier one about the same matter, received
 * within the tenant's window, is its likely duplicate if it was received before the one found in the tables. */
void likely_match_batch(struct arena *a, struct submission **items, size_t count);
