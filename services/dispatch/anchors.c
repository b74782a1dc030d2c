/* The daily anchors of the journal: made, kept and published in one transaction, appended to a file after it. */
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "common/journal/anchor.h"
#include "common/vault/signing.h"
#include "keeping.h"

static struct metric metric_anchors = { .name = "redress_dispatch_anchors_total",
                                        .help = "Anchors of the journal made.",
                                        .type = METRIC_COUNTER };

void anchors_metrics(void)
{
    metric_register(&metric_anchors);
}

static int tell(struct batch *b, const struct anchors *made)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < made->count; i++)
        r = batch_emit(b, &(struct emission){ .topic = TOPIC_ANCHORS,
                                              .key = made->items[i].tenant,
                                              .tenant = made->items[i].tenant,
                                              .message = &anchor_message(b->arena, &made->items[i])->base,
                                              .type = ANCHOR_EVENT });
    return r;
}

static int make(struct batch *b, const char *key_file, struct anchors *ret)
{
    struct signing_key key;
    int r = signing_read(key_file, &key); /* each time: a new one counts from the next anchor on */

    if (r < 0)
        return err_prefix(ERR_RETRY, "no anchors"); /* nothing else waits for them */
    r = anchors_make(b->pg, b->arena, &key, b->now_us, true, ret);
    signing_wipe(&key);
    return r;
}

/* Lines go to the file only when they are committed: the call after the one that made them writes them. Each instance
 * keeps its own file whole, whoever made the anchors. */
int anchors_run(struct batch *b)
{
    const struct config *c = daemon_config(b->daemon);
    struct anchors made;
    int64_t added = 0;
    int r;

    if (!*c->keys.signing_file)
        return 0;
    r = make(b, c->keys.signing_file, &made);
    if (r == ANCHORS_NONE && *c->dispatch.anchors_file) {
        r = anchors_append(b->pg, b->arena, c->dispatch.anchors_file, "", &added);
        if (r == 0 && added)
            log_info("anchors written", LOG_STR("file", c->dispatch.anchors_file), LOG_INT("lines", added));
        return r < 0 ? err_prefix(ERR_RETRY, "anchors are not in their file") : 0;
    }
    if (r < 0 || r == ANCHORS_NONE)
        return r < 0 ? r : 0;
    r = tell(b, &made);
    if (r < 0)
        return r;
    metric_add(&metric_anchors, NULL, (int64_t)made.count);
    log_info("journal anchored", LOG_INT("anchors", (int64_t)made.count));
    return 1;
}
