/* The schema: every migration of every service, in the order in which they need each other. */
#include <stdio.h>

#include "common/base/error.h"
#include "common/pg/migrate.h"
#include "ctl.h"
#include "ctl_sql.h"
#include "dispatch_sql.h"
#include "intake_sql.h"
#include "journal_sql.h"
#include "notification_sql.h"
#include "relay_sql.h"
#include "runtime_sql.h"
#include "watchdog_sql.h"

/* A consuming daemon needs the runtime's tables in its schema before its own. */
static const struct {
    const char *service, *schema;
    const struct pg_migration *migrations;
} sets[] = {
    { "journal", "journal", journal_migrations },
    { "relay", "journal", relay_migrations },
    { "intake.runtime", "intake", runtime_migrations },
    { "intake", "intake", intake_migrations },
    { "dispatch.runtime", "dispatch", runtime_migrations },
    { "dispatch", "dispatch", dispatch_migrations },
    { "watchdog.runtime", "watchdog", runtime_migrations },
    { "watchdog", "watchdog", watchdog_migrations },
    { "notification.runtime", "notification", runtime_migrations },
    { "notification", "notification", notification_migrations },
};

#define SETS (sizeof sets / sizeof *sets)

static struct ctl_rows *applied; /* pg_migrate's callback has no context */
static size_t count;

static void told(const char *service, const char *migration)
{
    ctl_add_text(applied, service);
    ctl_add_text(applied, migration);
    count++;
}

static int cmd_db_migrate(struct ctl *c)
{
    static const struct ctl_column columns[] = { { "service", "service", CTL_TEXT },
                                                 { "migration", "applied now", CTL_TEXT } };
    struct pg_conn *pg = ctl_pg(c);
    int e = 0;

    if (!pg)
        return CTL_UNAVAILABLE;
    applied = ctl_rows_new(c, columns, 2);
    count = 0;
    for (size_t i = 0; i < SETS && e == 0; i++)
        e = pg_migrate(pg, sets[i].service, sets[i].schema, sets[i].migrations, told);
    if (e == 0 && count == 0 && c->output == CTL_TABLE)
        puts("everything was applied already");
    else
        ctl_rows_end(applied);
    return e < 0 ? ctl_fail_err(e) : CTL_OK;
}

/* When each migration was applied, us since 1970; 0: it was not. */
struct state {
    struct pg_result *rows;
};

static int load_state(struct ctl *c, struct pg_conn *pg, struct state *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *there = NULL;
    int e = pg_exec(pg, &ctl_migrations_exist, NULL, &there);

    (void)c;
    ret->rows = NULL;
    if (e < 0 || !pg_bool(there, 0, 0))
        return e;
    return pg_exec(pg, &ctl_applied_migrations, NULL, &ret->rows);
}

static int64_t applied_at(const struct state *s, const char *service, int version)
{
    for (int i = 0; s->rows && i < pg_rows(s->rows); i++)
        if (str_is(str_from(pg_text(s->rows, i, 0)), service) && pg_int4(s->rows, i, 1) == version)
            return pg_time_us(s->rows, i, 2);
    return 0;
}

static int cmd_db_status(struct ctl *c)
{
    static const struct ctl_column columns[] = {
        { "service", "service", CTL_TEXT }, { "version", "version", CTL_NUMBER }, { "name", "name", CTL_TEXT },
        { "state", "state", CTL_TEXT },     { "appliedAt", "applied", CTL_TIME },
    };
    struct pg_conn *pg = ctl_pg(c);
    struct state state;
    struct ctl_rows *rows;
    int missing = 0, e;

    if (!pg)
        return CTL_UNAVAILABLE;
    e = load_state(c, pg, &state);
    if (e < 0)
        return ctl_fail_err(e);
    rows = ctl_rows_new(c, columns, 5);
    for (size_t i = 0; i < SETS; i++)
        for (const struct pg_migration *m = sets[i].migrations; m->name; m++) {
            int64_t at = applied_at(&state, sets[i].service, m->version);

            ctl_add_text(rows, sets[i].service);
            ctl_add_int(rows, m->version);
            ctl_add_text(rows, m->name);
            ctl_add_text(rows, at ? "applied" : "missing");
            ctl_add_time(rows, at);
            missing += at == 0;
        }
    ctl_rows_end(rows);
    pg_result_free(state.rows);
    return missing ? ctl_fail(CTL_FAILURE, "%d missing: run redressctl db migrate", missing) : CTL_OK;
}

const struct ctl_command db_commands[] = {
    {
        .name = "db migrate",
        .arguments = "",
        .summary = "create or bring up to date the schemas of all services",
        .details =
            "Applies what is missing, each migration in a transaction of its own, one migrator at a time; running it\n"
            "again changes nothing. It needs a user who may create schemas and, the first time, roles.\n\n"
            "Examples:\n"
            "  redressctl db migrate\n"
            "  REDRESS_PG=postgresql://postgres@db/redress redressctl db migrate --output jsonl",
        .run = cmd_db_migrate,
    },
    {
        .name = "db status",
        .arguments = "",
        .summary = "list all migrations and whether they are applied",
        .details = "Ends with 1 if any is missing.",
        .run = cmd_db_status,
    },
    { 0 },
};
