#include "notice_tenants.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "notice_file.h"
#include "notification_sql.h"

/* Years around now that local times are asked for. */
#define YEARS_BACK  5
#define YEARS_AHEAD 5

#define TROUBLED_US INT64_C(10000000) /* what is wrong with a tenant is looked at again so often */

struct notice_tenants {
    struct arena arena; /* of what was read last */
    int64_t settings_revision, tenant_revision;
    int year;
    struct notice_tenant *items;
    size_t count;
    int holders;
    bool troubled; /* somebody has a problem: a file or a key may have been put right */
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

int64_t notice_tenants_revision(const struct notice_tenants *t)
{
    return t->settings_revision;
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

/* Each of these says what is wrong, or nothing. What is wrong with one tenant stops that one alone. */

static const char *read_keys(struct arena *a, struct notice_tenant *t, const struct vault_key *master,
                             const void *wrapped, size_t len)
{
    struct vault_key data_key;

    t->has_keys = vault_open_data_key(a, master, t->id, wrapped, len, &data_key);
    if (!t->has_keys)
        return "the master key (keys.file) does not open its data key";
    vault_derive(&data_key, VAULT_SEAL, &t->seal_key);
    vault_derive(&data_key, VAULT_HASH, &t->hash_key);
    vault_wipe(&data_key);
    return "";
}

static int read_zone(struct arena *a, const char *name, int year, struct notice_tenant *t, const char **ret_problem)
{
    int r = zone_load(a, name, year - YEARS_BACK, year + YEARS_AHEAD, &t->zone);

    if (r <= 0)
        return r;
    *ret_problem = arena_printf(a, "no time zone %s", name);
    return zone_load(a, "UTC", year - YEARS_BACK, year + YEARS_AHEAD, &t->zone);
}

/* The standard would tell people what the tenant had decided otherwise. Where only secrets are missing it is still
 * known who is to be told: that is planned, and waits. */
static const char *read_settings(struct arena *a, struct notice_tenant *t, const char *text, size_t len)
{
    int r = text ? notice_load_text(a, arena_printf(a, "settings of %s", t->id), text, len, true, &t->settings)
                 : notice_standard(a, &t->settings);
    const char *problem = r < 0 ? arena_printf(a, "settings cannot be used: %s", err_text()) : "";

    if (r < 0 && !(text && notice_load_text(a, "settings", text, len, false, &t->settings) == 0))
        t->settings =
            (struct notice_settings){ .locale = "zh-CN", .sign = "", .mail_from = "", .bounces = { .url = "" } };
    return problem;
}

static int read_tenant(struct arena *a, const struct pg_result *rows, int row, int year, const struct vault_key *master,
                       struct notice_tenant *t)
{
    const char *text = pg_is_null(rows, row, 4) ? NULL : pg_text_copy(a, rows, row, 4);
    const char *problems[3] = { "", "", "" };
    size_t len;
    const void *wrapped = pg_bytes(rows, row, 3, &len);
    int r;

    t->id = pg_text_copy(a, rows, row, 0);
    t->name = pg_text_copy(a, rows, row, 1);
    problems[0] = read_keys(a, t, master, wrapped, len);
    problems[1] = read_settings(a, t, text, text ? strlen(text) : 0);
    r = read_zone(a, pg_text_copy(a, rows, row, 2), year, t, &problems[2]);
    t->problem = "";
    for (size_t i = 0; i < 3 && !*t->problem; i++)
        t->problem = problems[i];
    return r;
}

static bool any_trouble(const struct notice_tenant *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (*items[i].problem)
            return true;
    return false;
}

/* A master key that opens nothing is the wrong one. */
static int check_master(const struct notice_tenant *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (items[i].has_keys)
            return 0;
    if (count == 0)
        return 0;
    return err_set(ERR_FATAL, "tenant %s: %s%s", items[0].id, items[0].problem,
                   count > 1 ? ", nor that of any other tenant" : "");
}

static void mark_news(const struct notice_tenants *before, struct notice_tenant *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct notice_tenant *was = notice_tenants_find(before, items[i].id);

        items[i].is_news = strcmp(items[i].problem, was ? was->problem : "") != 0;
    }
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
    if (r == 0)
        r = check_master(items, (size_t)pg_rows(rows));
    if (r < 0) {
        wipe(items, (size_t)pg_rows(rows));
        arena_done(&arena);
        return r;
    }
    mark_news(t, items, (size_t)pg_rows(rows));
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
    return 1;
}
