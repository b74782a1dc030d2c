/* The only place that names intake's tables. Every function is one statement, whatever the number of submissions. */
#pragma once

#include "origin.h"
#include "tenant.h"

/* tenant_revision, and PostgreSQL's time: asked before each batch. */
int store_tenant_revision(struct pg_conn *c, int64_t *ret, int64_t *ret_now_us);
/* Reads all tenants in one snapshot; outside a transaction. One whose data key the master key does not open, or whose
 * number format is wrong, is there with its problem. ERR_FATAL where the master key opens none at all: it is the wrong
 * one. */
int store_load_tenants(struct pg_conn *c, const struct vault_key *master, struct tenants **ret);
/* The same within a transaction; of its snapshots. */
int store_read_tenants(struct pg_conn *c, const struct vault_key *master, struct tenants **ret);
/* Each tenant's day at now(). */
int store_load_days(struct pg_conn *c, struct tenants *set);

/* Claims the references and sets is_new where they were free; waits for another instance that is at the same ones. */
int store_claim(struct batch *b, struct submission **items, size_t count);
/* Sets is_known, known_content_key, complaint_id, number, registered_us of those whose reference is registered. */
int store_find_known(struct batch *b, struct submission **items, size_t count);
/* Sets likely_id, likely_number, likely_received_us where there is one. */
int store_find_likely(struct batch *b, struct submission **items, size_t count);

/* `count` numbers of a series, beginning with `first`, which store_take_numbers sets. */
struct series {
    const char *tenant, *name;
    int64_t count, first;
};
int store_take_numbers(struct batch *b, struct series *series, size_t count);

/* Fills in the origins that these name; all of it in the batch's arena. Outside a transaction, too. */
struct named_origin {
    const struct tenant *tenant;
    const char *number;
    struct origin origin;
};
int store_find_origins(struct batch *b, struct named_origin *names, size_t count);
int store_save_splits(struct batch *b, struct submission **items, size_t count);
int store_save_details(struct batch *b, struct submission **items, size_t count);
int store_save_evidence(struct batch *b, struct submission **items, size_t count);
int store_save_complaints(struct batch *b, struct submission **items, size_t count);
