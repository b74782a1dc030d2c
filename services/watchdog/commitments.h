/* What each tenant has promised, kept in memory and read again when `redressctl calendar apply` or `policy apply` has
 * changed it. */
#pragma once

#include "clockwork.h"
#include "common/pg/pg.h"

struct commitments;

struct commitments *commitments_new(void);
void commitments_free(struct commitments *c);
/* Reads the revision, and everything if it has changed. 0 or an error class; what was known stays known. */
int commitments_refresh(struct commitments *c, struct pg_conn *pg);
/* NULL: nothing was ever promised there. */
const struct promises *commitments_of(const struct commitments *c, const char *tenant);
size_t commitments_count(const struct commitments *c);
const char *commitments_tenant(const struct commitments *c, size_t i);
/* A year that a calendar in use should know by now and does not; 0: none. *ret_name: the calendar. */
int commitments_missing_year(const struct commitments *c, size_t i, int64_t now_us, const char **ret_name);
