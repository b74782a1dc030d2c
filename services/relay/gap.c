#include "gap.h"

void gap_init(struct gap *g, int64_t batch, int32_t ord)
{
    *g = (struct gap){ .batch = batch, .ord = ord };
}

enum gap_verdict gap_judge(const struct gap *g, int64_t batch, int32_t ord, uint64_t snapshot_xmin)
{
    if (batch < g->batch || (batch == g->batch && ord <= g->ord))
        return GAP_BEHIND;
    /* One statement wrote the whole batch: whoever sees one entry of it sees them all. */
    if (batch - g->batch <= 1)
        return GAP_TAKE;
    if (g->xid == 0 || batch > g->below)
        return GAP_ASK;
    return snapshot_xmin > g->xid ? GAP_TAKE : GAP_WAIT;
}

void gap_asked(struct gap *g, uint64_t xid, int64_t seen)
{
    g->xid = xid;
    g->below = seen;
}

int64_t gap_take(struct gap *g, int64_t batch, int32_t ord)
{
    int64_t missing = batch > g->batch ? batch - g->batch - 1 : 0;

    g->batch = batch;
    g->ord = ord;
    return missing;
}
