#include "notice_tenants.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "notice_file.h"
#include "notification_sql.h"

/* Years around now that local times are asked for. */
#define YEARS_BACK  5
#define YEARS_AHEAD 5

#define TROUBLED_US INT64_C(10000000) /* settings that cannot be used are tried again so often */

struct notice_tenants {
    struct arena arena; /* of what was read last */
    int64_t settings_revision, tenant_revision;
    int year;
    struct notice_tenant *items;
    size_t count;
    int holders;
    bool troubled; /* somebody's settings cannot be used: a file may have been put right */
    int64_t read_us;
};

struct notice_tenants *notice_tenants_new(void)
{
    struct notice_tenants *t = calloc(1, sizeof *t);

    if (!t)
        abort();
    arena_init(&t->arena, 0);
    t->settings_revision = t->tenant_revision = -1;
    t->holders = 1;
    return t;
}

struct notice_tenants *notice_tenants_hold(struct notice_tenants *t)
{
    t->holders++;
    return t;
}

static void wipe(struct notice_tenant *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        vault_wipe(&items[i].seal_key);
        vault_wipe(&items[i].hash_key);
    }
}

void notice_tenants_free(struct notice_tenants *t)
{
    if (!t || --t->holders > 0)
        return;
    wipe(t->items, t->count);
    arena_done(&t->arena);
    free(t);
}

const struct notice_tenant *notice_tenants_find(const struct notice_tenants *t, const char *id)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->items[i].id, id) == 0)
            return &t->items[i];
    return NULL;
}

size_t notice_tenants_count(const struct notice_tenants *t)
{
    return t->count;
}

const struct notice_tenant *notice_tenants_at(const struct notice_tenants *t, size_t i)
{
    return &t->items[i];
}

/* ---- reading ---- */

static int read_keys(struct arena *a, struct notice_tenant *t, const struct vault_key *master, const void *wrapped,
                     size_t len)
{
    struct vault_key data_key;
    size_t plain_len;
    void *plain = vault_open(a, master, arena_printf(a, "tenant:%s", t->id), wrapped, len, &plain_len);

    if (!plain || plain_len != sizeof data_key.bytes)
        return err_set(ERR_FATAL, "tenant %s: the master key (keys.file) does not open its data key", t->id);
    memcpy(data_key.bytes, plain, sizeof data_key.bytes);
    explicit_bzero(plain, plain_len);
    vault_derive(&data_key, VAULT_SEAL, &t->seal_key);
    vault_derive(&data_key, VAULT_HASH, &t->hash_key);
    vault_wipe(&data_key);
    return 0;
}

/* Settings that cannot be used stop this tenant alone: the standard would tell people what it had decided otherwise.
 * Where only secrets are missing it is still known who is to be told: that is planned, and waits. */
static void take_settings(struct arena *a, struct notice_tenant *t, const char *text, size_t len)
{
    int r = text ? notice_load_text(a, arena_printf(a, "settings of %s", t->id), text, len, true, &t->settings)
                 : notice_standard(a, &t->settings);

    t->problem = r < 0 ? arena_strdup(a, err_text()) : "";
    if (r < 0) {
        log_error("settings cannot be used: nobody of this tenant is told anything", LOG_STR("tenant", t->id),
                  LOG_STR("why", t->problem));
        if (text && notice_load_text(a, "settings", text, len, false, &t->settings) == 0)
            return;
        t->settings =
            (struct notice_settings){ .locale = "zh-CN", .sign = "", .mail_from = "", .bounces = { .url = "" } };
    }
}

static int read_tenant(struct arena *a, const struct pg_result *rows, int row, int year, const struct vault_key *master,
                       struct notice_tenant *t)
{
    size_t len;
    const void *wrapped = pg_bytes(rows, row, 3, &len);
    const char *text;
    int r;

    t->id = pg_text_copy(a, rows, row, 0);
    t->name = pg_text_copy(a, rows, row, 1);
    r = read_keys(a, t, master, wrapped, len);
    if (r == 0)
        r = zone_load(a, pg_text_copy(a, rows, row, 2), year - YEARS_BACK, year + YEARS_AHEAD, &t->zone);
    if (r > 0)
        r = err_set(ERR_FATAL, "tenant %s: no time zone %s", t->id, pg_text(rows, row, 2));
    if (r < 0)
        return r;
    text = pg_is_null(rows, row, 4) ? NULL : pg_text_copy(a, rows, row, 4);
    take_settings(a, t, text, text ? strlen(text) : 0);
    return 0;
}

static bool any_trouble(const struct notice_tenant *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (*items[i].problem)
            return true;
    return false;
}

static int read_all(struct notice_tenants *t, struct pg_conn *pg, const struct vault_key *master, int year)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    int r = pg_exec(pg, &notification_load_tenants, NULL, &rows);
    struct notice_tenant *items;
    struct arena arena;

    if (r < 0)
        return r;
    arena_init(&arena, 0);
    items = arena_array(&arena, struct notice_tenant, (size_t)pg_rows(rows) + 1);
    for (int i = 0; r == 0 && i < pg_rows(rows); i++)
        r = read_tenant(&arena, rows, i, year, master, &items[i]);
    if (r < 0) {
        wipe(items, (size_t)pg_rows(rows));
        arena_done(&arena);
        return r;
    }
    wipe(t->items, t->count);
    arena_done(&t->arena);
    t->arena = arena;
    t->items = items;
    t->count = (size_t)pg_rows(rows);
    t->troubled = any_trouble(items, t->count);
    t->read_us = clock_mono_us();
    return 0;
}

static int year_of(int64_t at_us)
{
    unsigned month, day;
    int year;

    civil_from_days(at_us / DAY_US, &year, &month, &day);
    return year;
}

struct revisions {
    int64_t settings, tenant;
    int year;
};

static int read_revisions(struct pg_conn *pg, struct revisions *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    int r = pg_exec(pg, &notification_settings_revision, NULL, &rows);

    if (r == 0)
        *ret = (struct revisions){ pg_int8(rows, 0, 0), pg_int8(rows, 0, 1), year_of(pg_time_us(rows, 0, 2)) };
    return r;
}

static bool is_newer(const struct notice_tenants *t, const struct revisions *now)
{
    return now->settings != t->settings_revision || now->tenant != t->tenant_revision || now->year != t->year ||
           (t->troubled && clock_mono_us() - t->read_us > TROUBLED_US);
}

int notice_tenants_changed(struct notice_tenants *t, struct pg_conn *pg)
{
    struct revisions now = { 0 };
    int r = read_revisions(pg, &now);

    return r < 0 ? r : is_newer(t, &now);
}

int notice_tenants_refresh(struct notice_tenants *t, struct pg_conn *pg, const struct vault_key *master)
{
    struct revisions now = { 0 };
    int r = read_revisions(pg, &now);

    if (r < 0 || !is_newer(t, &now))
        return r;
    r = read_all(t, pg, master, now.year);
    if (r < 0)
        return r;
    t->settings_revision = now.settings;
    t->tenant_revision = now.tenant;
    t->year = now.year;
    log_info("settings read", LOG_INT("revision", now.settings), LOG_INT("tenants", (int64_t)t->count));
    return 1;
}
