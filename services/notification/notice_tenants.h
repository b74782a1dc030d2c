/* What the daemon must know of its tenants: settings, keys, zone. Kept in memory, read again when it has changed. */
#pragma once

#include "common/pg/pg.h"
#include "common/vault/vault.h"
#include "common/zone/zone.h"
#include "notice.h"

struct notice_tenant {
    const char *id, *name;
    struct zone zone;
    struct vault_key seal_key, hash_key;
    struct notice_settings settings;
    /* "": none; else why its settings cannot be used: nobody of it is told anything, loudly. Where they can be read but
     * for their secrets they are there without them: what is planned waits. */
    const char *problem;
};

struct notice_tenants;

struct notice_tenants *notice_tenants_new(void);
/* Once more: it is there until each holder has freed it. Of one thread. */
struct notice_tenants *notice_tenants_hold(struct notice_tenants *t);
void notice_tenants_free(struct notice_tenants *t); /* NULL is fine; keys are wiped */
/* 1: a revision has changed since it was read; 0: none has; or an error class. */
int notice_tenants_changed(struct notice_tenants *t, struct pg_conn *pg);
/* Reads the revisions, and everything if one has changed. 0; 1: read anew; or an error class, what was known stays. */
int notice_tenants_refresh(struct notice_tenants *t, struct pg_conn *pg, const struct vault_key *master);
const struct notice_tenant *notice_tenants_find(const struct notice_tenants *t, const char *id);
size_t notice_tenants_count(const struct notice_tenants *t);
const struct notice_tenant *notice_tenants_at(const struct notice_tenants *t, size_t i);
