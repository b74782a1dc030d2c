/* A complaint's record from the journal: found, loaded, decoded. Shared by `complaint show` and `journal show`. */
#pragma once

#include "common/journal/journal.h"
#include "ctl.h"
#include "redress/v1/complaint_event.pb-c.h"

struct timeline_entry {
    struct journal_entry entry; /* texts and bytes are in the run's arena */
    int64_t batch;
    int ord;
    const Redress__V1__ComplaintEvent *event; /* NULL: not one, or undecodable */
};

struct timeline {
    struct timeline_entry *items;
    size_t count;
};

/* The complaint that a command names, by number or id. 0, or the exit status after saying why: unknown (3), or the
 * number is several tenants' and --tenant would tell. */
int complaint_find(struct ctl *c, struct pg_conn *pg, const char *name, struct uuid *ret);
int timeline_load(struct ctl *c, struct pg_conn *pg, const struct uuid *id, struct timeline *ret);

/* "registered", "assigned": the member of the event's oneof; "" without one. */
const char *event_kind(const Redress__V1__ComplaintEvent *e);
/* One row of a statement that gives the columns of journal_of.sql in their order. */
void journal_row(struct arena *a, const struct pg_result *r, int row, struct journal_entry *ret, int64_t *ret_batch,
                 int *ret_ord);
