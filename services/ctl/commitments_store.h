/* Writes what a tenant promises to the watchdog's tables: one transaction. */
#pragma once

#include "commitments_file.h"
#include "common/pg/pg.h"

struct commitments_saved {
    int calendars, policies; /* how many new versions */
    const char *conflict;    /* a policy whose version is there already, with other content */
    int conflict_version;
};

#define COMMITMENTS_CONFLICT 1 /* nothing was changed */

/* to_running: NULL, or the reason why running clocks are moved to the new versions of their policies. 0,
 * COMMITMENTS_CONFLICT, or an error class. */
int commitments_save(struct pg_conn *pg, struct arena *a, const struct commitments_file *f, const char *to_running,
                     struct commitments_saved *ret);
