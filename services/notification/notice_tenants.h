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
    /* "": none; else why nobody of it is told anything, loudly. Settings that can be read but for their secrets are
     * there without them, a zone that is not known is UTC's: what is planned waits. */
    const char *problem;
    bool has_keys; /* else seal_key and hash_key say nothing: what they would open is not known */
    bool is_news;  /* its problem is another than before, or none any more */
};

struct notice_tenants;

struct notice_tenants *notice_tenants_new(void);
/* Once more: it is there until each holder has freed it. Of one thread. */
struct notice_tenants *notice_tenants_hold(struct notice_tenants *t);
void notice_tenants_free(struct notice_tenants *t); /* NULL is fine; keys are wiped */
/* 1: a revision has changed since it was read; 0: none has; or an error class. */
int notice_tenants_changed(struct notice_tenants *t, struct pg_conn *pg);
/* Reads the revisions, and everything if one has changed, or somebody's problem may be gone. 0; 1: read anew; or an
 * error class, what was known stays: ERR_FATAL where the master key opens no tenant's data key at all. */
int notice_tenants_refresh(struct notice_tenants *t, struct pg_conn *pg, const struct vault_key *master);
const struct notice_tenant *notice_tenants_find(const struct notice_tenants *t, const char *id);
/* Of the settings that are known; -1: none yet. */
int64_t notice_tenants_revision(const struct notice_tenants *t);
size_t notice_tenants_count(const struct notice_tenants *t);
const struct notice_tenant *notice_tenants_at(const struct notice_tenants *t, size_t i);
