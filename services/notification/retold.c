#include "retold.h"

#include <stddef.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "store_retold.h"

#define ASK_AGAIN_US INT64_C(60000000) /* whether there is still anything: entries are used up, and purged */

static struct metric metric_recognised = { "redress_notification_recognised_total",
                                           "Messages that were told before a restore and not again.", METRIC_COUNTER,
                                           .label = NULL };

void retold_metrics(void)
{
    metric_register(&metric_recognised);
}

void retold_count(size_t recognised)
{
    metric_add(&metric_recognised, NULL, (int64_t)recognised);
}

int retold_known(struct daemon *d, struct retold_known *k)
{
    struct retold_epoch e;
    struct arena a;
    int r;

    if (strcmp(k->epoch, daemon_epoch(d)) == 0 && (!k->anything || clock_mono_us() - k->asked_us < ASK_AGAIN_US))
        return 1;
    arena_init(&a, 0);
    r = retold_store_find(daemon_pg(d), &a, daemon_epoch(d), &e);
    arena_done(&a);
    if (r < 0)
        return r;
    str_copy(k->epoch, sizeof k->epoch, e.read ? daemon_epoch(d) : "");
    k->anything = e.anything;
    k->asked_us = clock_mono_us();
    return e.read;
}

/* Sets `told` of each. */
static int recognise(struct batch *b, const struct uuid *ids, size_t count, bool *told)
{
    size_t recognised;
    int r = retold_store_recognise(b, ids, count, false, told, &recognised);

    if (r == 0)
        retold_count(recognised);
    return r;
}

/* Of items of `size` bytes, each with its message in front. */
static int drop(struct batch *b, const struct retold_known *k, void *items, size_t size, size_t *count)
{
    char *from = items, *to = items;
    struct uuid *ids;
    bool *told;
    int r;

    if (!k->anything || *count == 0)
        return 0;
    ids = arena_array(b->arena, struct uuid, *count);
    told = arena_array(b->arena, bool, *count);
    for (size_t i = 0; i < *count; i++)
        ids[i] = ((const struct message *)(const void *)(from + i * size))->id;
    r = recognise(b, ids, *count, told);
    for (size_t i = 0; r == 0 && i < *count; i++) {
        if (told[i])
            continue;
        memmove(to, from + i * size, size);
        to += size;
    }
    if (r == 0)
        *count = (size_t)(to - from) / size;
    return r;
}

int retold_drop_messages(struct batch *b, const struct retold_known *k, struct message *items, size_t *count)
{
    return drop(b, k, items, sizeof *items, count);
}

int retold_drop_queued(struct batch *b, const struct retold_known *k, struct queued *items, size_t *count)
{
    _Static_assert(offsetof(struct queued, message) == 0, "the message stands in front");
    return drop(b, k, items, sizeof *items, count);
}
