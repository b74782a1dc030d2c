#include "epoch.h"

#include <string.h>

int epochs_of_batch(const struct epochs *e, int64_t batch)
{
    int i = (int)e->count - 1;

    while (i >= 0 && e->list[i].first_batch > batch)
        i--;
    return i;
}

int epochs_find(const struct epochs *e, const char *name)
{
    for (size_t i = 0; i < e->count; i++)
        if (strcmp(e->list[i].name, name) == 0)
            return (int)i;
    return -1;
}

static bool at_or_before(int64_t batch, int32_t ord, const struct journal_position *p)
{
    return batch < p->batch || (batch == p->batch && ord <= p->ord);
}

bool epochs_published(const struct epochs *e, int epoch, int64_t batch, int32_t ord,
                      const struct journal_position *tail)
{
    int of_tail = tail->epoch[0] ? epochs_find(e, tail->epoch) : -1;

    if (of_tail < 0)
        return false;
    return of_tail == epoch ? at_or_before(batch, ord, tail) : of_tail > epoch;
}

bool epochs_newer(const struct epochs *e, const struct journal_position *p, const struct journal_position *tail)
{
    int of_p = epochs_find(e, p->epoch), of_tail = tail->epoch[0] ? epochs_find(e, tail->epoch) : -1;

    if (of_p != of_tail)
        return of_p > of_tail;
    return of_p >= 0 && !at_or_before(p->batch, p->ord, tail);
}
