#include "tenant.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/base/arena.h"
#include "common/base/str.h"

#define DAY_US INT64_C(86400000000)

struct building {
    const char *code;
    UT_hash_handle hh;
};

struct project {
    const char *code;
    struct building *buildings;
    UT_hash_handle hh;
};

struct tenant_entry {
    struct tenant tenant; /* first: tenants_find gives its address away */
    struct project *projects;
    UT_hash_handle hh;
};

struct tenants {
    struct arena arena;
    struct tenant_entry *entries;
    int64_t revision, day_ends_us;
};

struct tenants *tenants_new(void)
{
    struct tenants *set = calloc(1, sizeof *set);

    if (!set)
        abort();
    arena_init(&set->arena, 0);
    return set;
}

void tenants_free(struct tenants *set)
{
    if (!set)
        return;
    for (struct tenant_entry *t = set->entries; t; t = t->hh.next) {
        vault_wipe(&t->tenant.seal_key);
        vault_wipe(&t->tenant.hash_key);
        for (struct project *p = t->projects; p; p = p->hh.next)
            HASH_CLEAR(hh, p->buildings);
        HASH_CLEAR(hh, t->projects);
    }
    HASH_CLEAR(hh, set->entries);
    arena_done(&set->arena);
    free(set);
}

void tenants_freep(struct tenants **set)
{
    tenants_free(*set);
}

static struct tenant_entry *find(const struct tenants *set, const char *id)
{
    struct tenant_entry *t;

    HASH_FIND_STR(set->entries, id, t);
    return t;
}

static struct project *find_project(const struct tenant_entry *t, const char *code)
{
    struct project *p;

    HASH_FIND_STR(t->projects, code, p);
    return p;
}

static struct tenant_entry *new_entry(struct tenants *set, const char *id, const char *problem)
{
    struct tenant_entry *t = arena_new(&set->arena, struct tenant_entry);

    t->tenant.id = arena_strdup(&set->arena, id);
    t->tenant.problem = arena_strdup(&set->arena, problem);
    return t;
}

int tenants_add(struct tenants *set, const char *id, const char *number_format, int duplicate_window_days,
                const struct vault_key *data_key, const char **ret_why)
{
    struct tenant_entry *t = new_entry(set, id, "");

    if (number_format_parse(arena_strdup(&set->arena, number_format), &t->tenant.number_format, ret_why) != 0)
        return 1;
    t->tenant.duplicate_window_us = duplicate_window_days * DAY_US;
    vault_derive(data_key, VAULT_SEAL, &t->tenant.seal_key);
    vault_derive(data_key, VAULT_HASH, &t->tenant.hash_key);
    HASH_ADD_KEYPTR(hh, set->entries, t->tenant.id, strlen(t->tenant.id), t);
    return 0;
}

void tenants_add_broken(struct tenants *set, const char *id, const char *problem)
{
    struct tenant_entry *t = new_entry(set, id, problem);

    HASH_ADD_KEYPTR(hh, set->entries, t->tenant.id, strlen(t->tenant.id), t);
}

void tenants_add_project(struct tenants *set, const char *tenant, const char *project)
{
    struct tenant_entry *t = find(set, tenant);
    struct project *p;

    if (!t)
        return;
    p = arena_new(&set->arena, struct project);
    p->code = arena_strdup(&set->arena, project);
    HASH_ADD_KEYPTR(hh, t->projects, p->code, strlen(p->code), p);
}

void tenants_add_building(struct tenants *set, const char *tenant, const char *project, const char *building)
{
    struct tenant_entry *t = find(set, tenant);
    struct project *p = t ? find_project(t, project) : NULL;
    struct building *b;

    if (!p)
        return;
    b = arena_new(&set->arena, struct building);
    b->code = arena_strdup(&set->arena, building);
    HASH_ADD_KEYPTR(hh, p->buildings, b->code, strlen(b->code), b);
}

void tenants_set_day(struct tenants *set, const char *tenant, const char day[NUMBER_DAY_SIZE], int64_t ends_us)
{
    struct tenant_entry *t = find(set, tenant);

    if (!t)
        return;
    str_copy(t->tenant.today, sizeof t->tenant.today, day);
    if (set->day_ends_us == 0 || ends_us < set->day_ends_us)
        set->day_ends_us = ends_us;
}

const struct tenant *tenants_find(const struct tenants *set, const char *id)
{
    const struct tenant_entry *t = find(set, id);

    return t ? &t->tenant : NULL;
}

const struct tenant *tenants_next(const struct tenants *set, const struct tenant *t)
{
    const struct tenant_entry *next = t ? ((const struct tenant_entry *)t)->hh.next : set->entries;

    return next ? &next->tenant : NULL;
}

bool tenants_any_broken(const struct tenants *set)
{
    for (const struct tenant *t = tenants_next(set, NULL); t; t = tenants_next(set, t))
        if (*t->problem)
            return true;
    return false;
}

const struct project *tenant_project(const struct tenant *t, const char *code)
{
    return find_project((const struct tenant_entry *)t, code);
}

bool project_takes_building(const struct project *p, const char *building)
{
    struct building *b;

    if (!p->buildings)
        return true;
    HASH_FIND_STR(p->buildings, building, b);
    return b;
}

int64_t tenants_day_ends_us(const struct tenants *set)
{
    return set->day_ends_us;
}

void tenants_forget_days(struct tenants *set)
{
    set->day_ends_us = 0;
}

int64_t tenants_revision(const struct tenants *set)
{
    return set->revision;
}

void tenants_set_revision(struct tenants *set, int64_t revision)
{
    set->revision = revision;
}
