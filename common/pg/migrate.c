#include "migrate.h"

#include <string.h>

#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/base/str.h"

static const struct pg_statement applied = {
    "migration_applied",
    "SELECT coalesce(max(version), 0), coalesce((SELECT sha256 FROM redress.migration"
    " WHERE service = $1 AND version = $2::int4), ''::bytea) FROM redress.migration WHERE service = $1::text",
};
static const struct pg_statement record = {
    "migration_record",
    "INSERT INTO redress.migration (service, version, name, sha256) VALUES ($1::text, $2::int4, $3::text, $4::bytea)",
};

static const char bootstrap[] =
    "CREATE SCHEMA IF NOT EXISTS redress;"
    "CREATE TABLE IF NOT EXISTS redress.migration (service text NOT NULL, version int NOT NULL, name text NOT NULL,"
    " sha256 bytea NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (service, version));"
    "GRANT USAGE ON SCHEMA redress TO PUBLIC; GRANT SELECT ON redress.migration TO PUBLIC";

/* 1: applied with the same text, 0: not applied. */
static int is_applied(struct pg_conn *c, struct arena *a, const char *service, const struct pg_migration *m)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    unsigned char digest[SHA256_BYTES];
    struct pg_params p;
    size_t len;
    const void *known;
    int e;

    pg_params_init(&p, a);
    pg_param_text(&p, service);
    pg_param_int4(&p, m->version);
    e = pg_exec(c, &applied, &p, &r);
    if (e < 0)
        return e;
    if (pg_int4(r, 0, 0) < m->version)
        return 0;
    sha256(m->sql, strlen(m->sql), digest);
    known = pg_bytes(r, 0, 1, &len);
    if (len != sizeof digest || memcmp(known, digest, len) != 0)
        return err_set(ERR_FATAL, "migration %s/%s was applied with another text: migrations are never edited", service,
                       m->name);
    return 1;
}

static char *expand(struct arena *a, const char *sql, const char *schema)
{
    struct strbuf b;
    const char *at;

    strbuf_init(&b, a);
    for (; (at = strstr(sql, "@schema@")); sql = at + strlen("@schema@")) {
        strbuf_add(&b, sql, (size_t)(at - sql));
        strbuf_adds(&b, schema);
    }
    strbuf_adds(&b, sql);
    return b.data;
}

static int apply(struct pg_conn *c, struct arena *a, const char *service, const char *schema,
                 const struct pg_migration *m)
{
    unsigned char digest[SHA256_BYTES];
    struct pg_params p;
    int e;

    sha256(m->sql, strlen(m->sql), digest);
    pg_params_init(&p, a);
    pg_param_text(&p, service);
    pg_param_int4(&p, m->version);
    pg_param_text(&p, m->name);
    pg_param_bytes(&p, digest, sizeof digest);
    e = pg_begin(c);
    if (e == 0)
        e = pg_script(c, expand(a, m->sql, schema));
    if (e == 0)
        e = pg_exec(c, &record, &p, NULL);
    if (e == 0)
        e = pg_commit(c);
    if (e < 0) {
        e = err_prefix(e, "migration %s/%s", service, m->name);
        pg_rollback(c);
    }
    return e;
}

static int migrate_all(struct pg_conn *c, struct arena *a, const char *service, const char *schema,
                       const struct pg_migration *migrations, void (*told)(const char *, const char *))
{
    for (const struct pg_migration *m = migrations; m->name; m++) {
        int e = is_applied(c, a, service, m);

        if (e == 0) {
            e = apply(c, a, service, schema, m);
            if (e == 0 && told)
                told(service, m->name);
        }
        if (e < 0)
            return e;
    }
    return 0;
}

int pg_migrate(struct pg_conn *c, const char *service, const char *schema, const struct pg_migration *migrations,
               void (*told)(const char *service, const char *migration))
{
    struct arena a;
    int e;

    arena_init(&a, 0);
    e = pg_script(c, "SELECT pg_advisory_lock(7238140511)");
    if (e == 0)
        e = pg_script(c, bootstrap);
    if (e == 0)
        e = migrate_all(c, &a, service, schema, migrations, told);
    if (pg_connected(c))
        (void)pg_script(c, "SELECT pg_advisory_unlock(7238140511)");
    arena_done(&a);
    return e;
}

int pg_migrations_missing(struct pg_conn *c, const char *service, const struct pg_migration *migrations)
{
    struct arena a;
    int missing = 0;

    arena_init(&a, 0);
    for (const struct pg_migration *m = migrations; m->name && missing >= 0; m++) {
        int e = is_applied(c, &a, service, m);
        missing = e < 0 ? e : missing + (e == 0);
    }
    arena_done(&a);
    return missing;
}
