/* Receipts as they are kept, wherever they come from: over HTTP (receive.c), by mail (mailbox.c). The same again is no
 * other receipt; receipts.c applies them. */
#pragma once

#include "common/base/metrics.h"
#include "common/pg/pg.h"
#include "gateway.h"

/* Receipts, and requests with them, by what was done with them. */
extern struct metric receipt_metric;

/* What they are about where they do not say it themselves. */
struct receipt_source {
    const char *tenant, *gateway;
    struct uuid message; /* nil: none */
};

/* Those that are not stale. In the caller's transaction, if there is one. */
int receipt_store_save(struct pg_conn *pg, struct arena *a, const struct receipt_source *from,
                       const struct receipt *items, size_t count, int64_t now_us);
