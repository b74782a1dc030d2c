#include <string.h>

#include "common/base/error.h"
#include "intake_sql.h"
#include "store.h"

int store_tenant_revision(struct pg_conn *c, int64_t *ret, int64_t *ret_now_us)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    int r = pg_exec(c, &intake_tenant_revision, NULL, &rows);

    if (r < 0)
        return r;
    if (pg_rows(rows) != 1)
        return err_set(ERR_RETRY, "intake.tenant_revision has %d rows instead of one", pg_rows(rows));
    *ret = pg_int8(rows, 0, 0);
    *ret_now_us = pg_time_us(rows, 0, 1);
    return 0;
}

/* What is wrong with one tenant stops that one alone. Whether the master key opened it. */
static bool add_tenant(struct tenants *set, const struct pg_result *rows, int row, const struct vault_key *master,
                       struct arena *a)
{
    const char *id = pg_text(rows, row, 0), *why;
    struct vault_key data_key;
    size_t len;
    const void *wrapped = pg_bytes(rows, row, 3, &len);

    if (!vault_open_data_key(a, master, id, wrapped, len, &data_key)) {
        tenants_add_broken(set, id, "the master key (keys.file) does not open its data key");
        return false;
    }
    if (tenants_add(set, id, pg_text(rows, row, 1), pg_int4(rows, row, 2), &data_key, &why) > 0)
        tenants_add_broken(set, id, arena_printf(a, "the number format %s", why));
    vault_wipe(&data_key);
    return true;
}

/* A master key that opens nothing is the wrong one: everything would be set aside. */
static int read_tenants(struct pg_conn *c, struct tenants *set, const struct vault_key *master)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    int r = pg_exec(c, &intake_load_tenants, NULL, &rows), opened = 0;
    struct arena a;

    if (r < 0)
        return r;
    arena_init(&a, 0);
    for (int i = 0; i < pg_rows(rows); i++)
        opened += add_tenant(set, rows, i, master, &a);
    arena_done(&a);
    if (opened || pg_rows(rows) == 0)
        return 0;
    return err_set(ERR_FATAL, "tenant %s: the master key (keys.file) does not open its data key%s", pg_text(rows, 0, 0),
                   pg_rows(rows) > 1 ? ", nor that of any other tenant" : "");
}

static int read_projects(struct pg_conn *c, struct tenants *set)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    int r = pg_exec(c, &intake_load_projects, NULL, &rows);

    for (int i = 0; r == 0 && i < pg_rows(rows); i++)
        tenants_add_project(set, pg_text(rows, i, 0), pg_text(rows, i, 1));
    return r;
}

static int read_buildings(struct pg_conn *c, struct tenants *set)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    int r = pg_exec(c, &intake_load_buildings, NULL, &rows);

    for (int i = 0; r == 0 && i < pg_rows(rows); i++)
        tenants_add_building(set, pg_text(rows, i, 0), pg_text(rows, i, 1), pg_text(rows, i, 2));
    return r;
}

static int read_all(struct pg_conn *c, struct tenants *set, const struct vault_key *master)
{
    int64_t revision, now_us;
    int r = store_tenant_revision(c, &revision, &now_us);

    if (r == 0)
        r = read_tenants(c, set, master);
    if (r == 0)
        r = read_projects(c, set);
    if (r == 0)
        r = read_buildings(c, set);
    if (r == 0)
        r = store_load_days(c, set);
    if (r == 0)
        tenants_set_revision(set, revision);
    return r;
}

int store_read_tenants(struct pg_conn *c, const struct vault_key *master, struct tenants **ret)
{
    _cleanup_(tenants_freep) struct tenants *set = tenants_new();
    int r = read_all(c, set, master);

    if (r == 0)
        *ret = TAKE_PTR(set);
    return r;
}

int store_load_tenants(struct pg_conn *c, const struct vault_key *master, struct tenants **ret)
{
    _cleanup_(tenants_freep) struct tenants *set = NULL;
    int r;

    /* One snapshot: never a project without the buildings that came with it. */
    r = pg_script(c, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    if (r < 0)
        return r;
    r = store_read_tenants(c, master, &set);
    if (r == 0)
        r = pg_commit(c);
    if (r < 0) {
        if (pg_connected(c))
            pg_rollback(c);
        return r == ERR_UNCERTAIN ? ERR_RETRY : r; /* nothing was written */
    }
    *ret = TAKE_PTR(set);
    return 0;
}

int store_load_days(struct pg_conn *c, struct tenants *set)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    int r = pg_exec(c, &intake_load_days, NULL, &rows);

    if (r < 0)
        return r;
    tenants_forget_days(set);
    for (int i = 0; i < pg_rows(rows); i++)
        tenants_set_day(set, pg_text(rows, i, 0), pg_text(rows, i, 1), pg_time_us(rows, i, 2));
    return 0;
}
