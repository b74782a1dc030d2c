/* Writes a tenant's files to the tables of intake and dispatch: one transaction, a fixed number of statements. */
#pragma once

#include "common/pg/pg.h"
#include "common/vault/vault.h"
#include "tenant_file.h"

/* Outcomes of tenant_save. */
enum {
    TENANT_CHANGED = 1,
    TENANT_IN_USE = 2,      /* something is missing in the files that complaints refer to; *ret_in_use has it */
    TENANT_ZONE = 3,        /* PostgreSQL does not know the time zone */
    TENANT_OTHER_MASTER = 4 /* the tenant's data key was wrapped with another master key */
};

/* 0: all is there as it is in the files; an outcome; or an error class. Unless it returns TENANT_CHANGED nothing was
 * changed. The rows (kind, code) of *ret_in_use are the caller's. */
int tenant_save(struct pg_conn *pg, struct arena *a, const struct tenant_file *f, const struct vault_key *master,
                struct pg_result **ret_in_use);
