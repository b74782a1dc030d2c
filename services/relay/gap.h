/* The gap rule: whether a missing batch number is a transaction still running, or one that never will be seen.
 *
 * Numbers come from a sequence, so a later one can be visible while an earlier one is still open. Every writer owns a
 * transaction id before it draws its number (common/journal). So, once a number above the hole has been seen, an id
 * `x` taken by us now is above the id of whoever drew the missing numbers. When a later snapshot says that every id up
 * to x has ended, and the numbers are still missing in that same snapshot, they were rolled back.
 *
 * (The snapshot's xmax will not do for x: it is the highest *completed* id plus one, and a running writer may be above
 * it.) Pure: the caller reads and asks, see docs/journal.md for the proof. */
#pragma once

#include <stdint.h>

enum gap_verdict {
    GAP_TAKE,   /* nothing is missing before this entry, or what is missing was rolled back */
    GAP_ASK,    /* missing, seen for the first time: take a transaction id, call gap_asked, read again */
    GAP_WAIT,   /* missing, and whoever drew the number may still be running: read again a little later */
    GAP_BEHIND, /* at or before the last one taken: the reader did not start after it */
};

struct gap {
    int64_t batch; /* the last entry taken */
    int32_t ord;
    uint64_t xid;  /* 0: not asked */
    int64_t below; /* xid speaks for all numbers below this one */
};

/* (batch, ord) is where the cursor stands: everything up to there is settled. */
void gap_init(struct gap *g, int64_t batch, int32_t ord);

/* The next entry in order, and the xmin of the very snapshot that it was read with. Changes nothing. */
enum gap_verdict gap_judge(const struct gap *g, int64_t batch, int32_t ord, uint64_t snapshot_xmin);

/* After GAP_ASK. `xid` was taken after `seen`, the highest number of the last read, had been seen. */
void gap_asked(struct gap *g, uint64_t xid, int64_t seen);

/* After GAP_TAKE. Returns how many numbers were found to have been rolled back (0 for most entries). */
int64_t gap_take(struct gap *g, int64_t batch, int32_t ord);
