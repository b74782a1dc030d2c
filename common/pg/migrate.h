/* Schema migrations: forward only, each in its own transaction, recorded in redress.migration with its digest. */
#pragma once

#include "pg.h"

/* Applies what is missing of one service's migrations; `@schema@` in them is `schema`. One migrator at a time (advisory
 * lock). Calls `told` (may be NULL) for each one applied. 0, or ERR_FATAL when an applied one has changed since. */
int pg_migrate(struct pg_conn *c, const char *service, const char *schema, const struct pg_migration *migrations,
               void (*told)(const char *service, const char *migration));

/* How many of the migrations are not applied yet; < 0 on error. 0 rows of redress.migration is "all of them". */
int pg_migrations_missing(struct pg_conn *c, const char *service, const struct pg_migration *migrations);
