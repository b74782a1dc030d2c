/* What intake must know of the tenants, kept in memory: projects and buildings, number formats, keys.
 *
 * Built once from the tables (store.h) and replaced as a whole when they change. Key bytes are wiped when freed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/vault/vault.h"
#include "number.h"

struct tenants;
struct project;

struct tenant {
    const char *id;
    const char *problem; /* "": none; else why nothing of it can be taken: keys and number format are not set then */
    struct number_format number_format;
    int64_t duplicate_window_us;         /* R7; 0: nothing is flagged */
    struct vault_key seal_key, hash_key; /* from the tenant's data key */
    char today[NUMBER_DAY_SIZE];         /* the day in the tenant's zone until tenants_day_ends_us */
};

struct tenants *tenants_new(void);
/* NULL is fine. */
void tenants_free(struct tenants *set);
void tenants_freep(struct tenants **set);

/* Texts are copied. 0; or 1: the number format is wrong, *ret_why says how. */
int tenants_add(struct tenants *set, const char *id, const char *number_format, int duplicate_window_days,
                const struct vault_key *data_key, const char **ret_why);
/* A tenant that is there and of which nothing can be taken now. */
void tenants_add_broken(struct tenants *set, const char *id, const char *problem);
/* The tenant, and for a building the project, must have been added; what belongs to none is passed over. */
void tenants_add_project(struct tenants *set, const char *tenant, const char *project);
void tenants_add_building(struct tenants *set, const char *tenant, const char *project, const char *building);
/* The day of one tenant, known to last until ends_us. */
void tenants_set_day(struct tenants *set, const char *tenant, const char day[NUMBER_DAY_SIZE], int64_t ends_us);

/* NULL if there is none. */
const struct tenant *tenants_find(const struct tenants *set, const char *id);
/* The next one after t, NULL the first; NULL after the last. */
const struct tenant *tenants_next(const struct tenants *set, const struct tenant *t);
bool tenants_any_broken(const struct tenants *set);
const struct project *tenant_project(const struct tenant *t, const char *code);
/* A project without buildings takes any building. */
bool project_takes_building(const struct project *p, const char *building);

/* When the first of the tenants' days ends; 0 while no day is known. */
int64_t tenants_day_ends_us(const struct tenants *set);
/* Forgets the days before they are set again. */
void tenants_forget_days(struct tenants *set);

/* tenant_revision when the set was read. */
int64_t tenants_revision(const struct tenants *set);
void tenants_set_revision(struct tenants *set, int64_t revision);
