/* Tenants: from their files into the tables, and what the tables say. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "ctl.h"
#include "ctl_sql.h"
#include "services/watchdog/calendar.h"
#include "tenant_store.h"

/* ---- apply ---- */

static int say_in_use(const struct tenant_file *f, struct pg_result *rows)
{
    for (int i = 0; i < pg_rows(rows); i++)
        ctl_fail(CTL_CONFLICT, "%s %s is not in %s any more, but complaints refer to it: put it back%s",
                 pg_text(rows, i, 0), pg_text(rows, i, 1), f->path,
                 strcmp(pg_text(rows, i, 0), "staff") == 0 ? " (with on_duty: false for somebody who left)" : "");
    pg_result_free(rows);
    return CTL_CONFLICT;
}

static int say_done(const struct ctl *c, const struct tenant_file *f, bool changed)
{
    const char *state = changed ? "applied" : "unchanged";

    if (c->output == CTL_TABLE)
        printf("tenant %s: %s (%zu projects, %zu buildings, %zu departments, %zu staff, %zu categories, %zu prices)\n",
               f->id, state, f->project_count, f->building_count, f->department_count, f->staff_count,
               f->policy.category_count, f->prices.count);
    else
        printf("{\"tenant\":\"%s\",\"state\":\"%s\"}\n", f->id, state);
    return CTL_OK;
}

static int save(struct ctl *c, const struct tenant_file *f, const struct vault_key *master)
{
    struct pg_result *in_use = NULL;
    struct pg_conn *pg = ctl_pg(c);
    int r;

    if (!pg)
        return CTL_UNAVAILABLE;
    r = tenant_save(pg, c->arena, f, master, &in_use);
    switch (r) {
    case 0:
    case TENANT_CHANGED:
        return say_done(c, f, r == TENANT_CHANGED);
    case TENANT_IN_USE:
        return say_in_use(f, in_use);
    case TENANT_ZONE:
        return ctl_fail(CTL_FAILURE,
                        "%s:%u: time_zone: found \"%s\"; allowed is an IANA zone, Asia/Shanghai for example", f->path,
                        f->time_zone_line, f->time_zone);
    case TENANT_OTHER_MASTER:
        return ctl_fail(CTL_CONFLICT, "the key in %s is not the one that wraps the data key of tenant %s",
                        c->config->keys.file, f->id);
    default:
        return ctl_fail_err(r);
    }
}

static int cmd_tenant_apply(struct ctl *c)
{
    struct tenant_file file;
    struct vault_key master;
    int status;

    if (tenant_file_read(c->arena, c->argv[0], &file) < 0)
        return ctl_fail(CTL_FAILURE, "nothing was changed:\n%s", err_text());
    if (!c->config->keys.file[0])
        return ctl_fail(CTL_FAILURE,
                        "keys.file is not set: contacts need the master key (redressctl keys new FILE makes "
                        "one)");
    if (vault_read_master(c->config->keys.file, &master) < 0)
        return ctl_fail(CTL_FAILURE, "%s", err_text());
    status = save(c, &file, &master);
    vault_wipe(&master);
    return status;
}

/* ---- show ---- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static long long int_of(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* A list of texts with blanks between; `none` if it is empty. */
static const char *list_of(struct arena *a, const json_t *object, const char *key, const char *none)
{
    const json_t *list = json_object_get(object, key), *item;
    struct strbuf b;
    size_t i;

    strbuf_init(&b, a);
    strbuf_adds(&b, json_array_size(list) ? "" : none);
    json_array_foreach (list, i, item)
        strbuf_printf(&b, "%s%s", i ? " " : "", json_string_value(item));
    return b.data;
}

static const char *yuan(struct arena *a, int64_t fen)
{
    return arena_printf(a, "%lld.%02lld", (long long)fen / 100, (long long)fen % 100);
}

static void show_projects(struct ctl *c, const json_t *tenant)
{
    static const struct ctl_column columns[] = { { "code", "project", CTL_TEXT },
                                                 { "name", "name", CTL_TEXT },
                                                 { "buildings", "buildings", CTL_TEXT } };
    struct ctl_rows *rows = ctl_rows_new(c, columns, 3);
    const json_t *project, *building;
    size_t i, j;

    json_array_foreach (json_object_get(tenant, "projects"), i, project) {
        struct strbuf b;

        strbuf_init(&b, c->arena);
        strbuf_adds(&b, "");
        json_array_foreach (json_object_get(project, "buildings"), j, building)
            strbuf_printf(&b, "%s%s", j ? " " : "", text_of(building, "code"));
        ctl_add_text(rows, text_of(project, "code"));
        ctl_add_text(rows, text_of(project, "name"));
        ctl_add_text(rows, b.data);
    }
    ctl_rows_end(rows);
}

static void show_departments(struct ctl *c, const json_t *tenant)
{
    static const struct ctl_column columns[] = { { "code", "department", CTL_TEXT },
                                                 { "name", "name", CTL_TEXT },
                                                 { "head", "head", CTL_TEXT },
                                                 { "deputies", "deputies", CTL_TEXT } };
    struct ctl_rows *rows = ctl_rows_new(c, columns, 4);
    const json_t *department;
    size_t i;

    json_array_foreach (json_object_get(tenant, "departments"), i, department) {
        ctl_add_text(rows, text_of(department, "code"));
        ctl_add_text(rows, text_of(department, "name"));
        ctl_add_text(rows, text_of(department, "head"));
        ctl_add_text(rows, list_of(c->arena, department, "deputies", ""));
    }
    ctl_rows_end(rows);
}

static void show_staff(struct ctl *c, const json_t *tenant)
{
    static const struct ctl_column columns[] = {
        { "id", "staff", CTL_TEXT },
        { "name", "name", CTL_TEXT },
        { "department", "department", CTL_TEXT },
        { "trained", "trained", CTL_BOOL },
        { "onDuty", "on duty", CTL_BOOL },
        { "absent", "absent today", CTL_BOOL },
        { "projects", "projects", CTL_TEXT },
    };
    struct ctl_rows *rows = ctl_rows_new(c, columns, 7);
    const json_t *person;
    size_t i;

    json_array_foreach (json_object_get(tenant, "staff"), i, person) {
        ctl_add_text(rows, text_of(person, "id"));
        ctl_add_text(rows, text_of(person, "name"));
        ctl_add_text(rows, text_of(person, "department"));
        ctl_add_bool(rows, json_is_true(json_object_get(person, "trained")));
        ctl_add_bool(rows, json_is_true(json_object_get(person, "onDuty")));
        ctl_add_bool(rows, json_is_true(json_object_get(person, "absent")));
        ctl_add_text(rows, list_of(c->arena, person, "projects", "all"));
    }
    ctl_rows_end(rows);
}

static void show_categories(struct ctl *c, const json_t *tenant)
{
    static const struct ctl_column columns[] = { { "code", "category", CTL_TEXT },
                                                 { "name", "name", CTL_TEXT },
                                                 { "department", "department", CTL_TEXT },
                                                 { "complex", "complex", CTL_BOOL } };
    struct ctl_rows *rows = ctl_rows_new(c, columns, 4);
    const json_t *category;
    size_t i;

    json_array_foreach (json_object_get(tenant, "categories"), i, category) {
        ctl_add_text(rows, text_of(category, "code"));
        ctl_add_text(rows, text_of(category, "name"));
        ctl_add_text(rows, text_of(category, "department"));
        ctl_add_bool(rows, json_is_true(json_object_get(category, "complex")));
    }
    ctl_rows_end(rows);
}

static void show_handling(struct ctl *c, const json_t *tenant)
{
    const json_t *h = json_object_get(tenant, "handling");
    int64_t escalate_fen = int_of(h, "escalateAmountFen");

    printf("  %lld refusals, then customer service awards it; %lld reminders; told up to %lld hours later\n",
           int_of(h, "bouncesMax"), int_of(h, "reminders"), int_of(h, "backdateHours"));
    printf("  after the close: reopened within %lld days, came again within %lld days, kept %lld years\n",
           int_of(h, "reopenDays"), int_of(h, "recurrenceDays"), int_of(h, "retainYears"));
    if (escalate_fen)
        printf("  escalated above %s yuan at stake; ", yuan(c->arena, escalate_fen));
    else
        fputs("  escalated for no amount at stake; ", stdout);
    printf("work is paid for %s; %lld prices\n", list_of(c->arena, h, "paidCategories", "nothing"),
           int_of(tenant, "prices"));
}

static void show_table(struct ctl *c, const json_t *tenant)
{
    printf("tenant %s: %s\n  time zone %s, numbers %s, duplicates within %lld days, on duty %s, senior management %s\n",
           text_of(tenant, "tenant"), text_of(tenant, "name"), text_of(tenant, "timeZone"),
           text_of(tenant, "numberFormat"), int_of(tenant, "duplicateWindowDays"), text_of(tenant, "duty"),
           list_of(c->arena, tenant, "management", "nobody"));
    show_handling(c, tenant);
    putchar('\n');
    show_projects(c, tenant);
    putchar('\n');
    show_departments(c, tenant);
    putchar('\n');
    show_staff(c, tenant);
    putchar('\n');
    show_categories(c, tenant);
}

/* One tenant is an object, several an array. */
static int show_all(struct ctl *c, struct pg_result *r)
{
    json_t *all = json_array();

    for (int i = 0; i < pg_rows(r); i++) {
        json_t *tenant = json_loads(pg_text(r, i, 1), 0, NULL);

        if (!tenant)
            abort(); /* PostgreSQL made it */
        if (c->output == CTL_TABLE) {
            fputs(i ? "\n" : "", stdout);
            show_table(c, tenant);
        } else if (c->output == CTL_JSONL) {
            json_dumpf(tenant, stdout, JSON_COMPACT);
            putchar('\n');
        }
        json_array_append_new(all, tenant);
    }
    if (c->output == CTL_JSON) {
        json_dumpf(json_array_size(all) == 1 ? json_array_get(all, 0) : all, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    json_decref(all);
    return CTL_OK;
}

static int cmd_tenant_show(struct ctl *c)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct pg_conn *pg = ctl_pg(c);
    struct pg_params p;
    int e;

    if (!pg)
        return CTL_UNAVAILABLE;
    pg_params_init(&p, c->arena);
    pg_param_text(&p, c->argc ? c->argv[0] : "");
    e = pg_exec(pg, &ctl_tenant_show, &p, &r);
    if (e < 0)
        return ctl_fail_err(e);
    if (pg_rows(r) == 0)
        return c->argc ? ctl_fail(CTL_NOT_FOUND, "there is no tenant \"%s\"", c->argv[0])
                       : ctl_fail(CTL_NOT_FOUND, "there is no tenant yet: redressctl tenant apply DIR makes one");
    return show_all(c, r);
}

/* ---- prices ---- */

/* --on, or today where the tenant is. An exit status. */
static int price_day(struct ctl *c, struct pg_conn *pg, int32_t *ret)
{
    const char *tenant = c->argv[0], *on = ctl_option(c, "on"), *project = ctl_option(c, "project");
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct pg_params p;
    int e;

    if (on && !calendar_date_parse(on, strlen(on), ret))
        return ctl_fail(CTL_USAGE, "--on: found \"%s\"; allowed is a date such as 2026-11-01", on);
    pg_params_init(&p, c->arena);
    pg_param_text(&p, tenant);
    pg_param_text(&p, project ? project : "");
    e = pg_exec(pg, &ctl_tenant_today, &p, &r);
    if (e < 0)
        return ctl_fail_err(e);
    if (pg_rows(r) == 0)
        return ctl_fail(CTL_NOT_FOUND, "there is no tenant \"%s\"", tenant);
    if (project && !pg_bool(r, 0, 1))
        return ctl_fail(CTL_NOT_FOUND, "tenant %s has no project \"%s\"", tenant, project);
    if (!on)
        *ret = pg_int4(r, 0, 0);
    return CTL_OK;
}

static int load_prices(struct ctl *c, struct pg_conn *pg, struct price_list *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct pg_params p;
    struct price *items;
    int e;

    pg_params_init(&p, c->arena);
    pg_param_text(&p, c->argv[0]);
    e = pg_exec(pg, &ctl_tenant_prices, &p, &r);
    if (e < 0)
        return e;
    items = arena_array(c->arena, struct price, (size_t)pg_rows(r) + 1);
    for (int i = 0; i < pg_rows(r); i++)
        items[i] = (struct price){
            .project = pg_text_copy(c->arena, r, i, 0),
            .item = pg_text_copy(c->arena, r, i, 1),
            .name = pg_text_copy(c->arena, r, i, 2),
            .unit = pg_text_copy(c->arena, r, i, 3),
            .effective_from = pg_int4(r, i, 4),
            .unit_price_fen = pg_int8(r, i, 5),
        };
    *ret = (struct price_list){ items, (size_t)pg_rows(r) };
    return 0;
}

static void add_price(struct ctl *c, struct ctl_rows *rows, const struct price *p)
{
    char from[CALENDAR_DATE_SIZE];

    calendar_date_format(p->effective_from, from);
    ctl_add_text(rows, p->item);
    ctl_add_text(rows, p->name);
    ctl_add_text(rows, *p->project ? p->project : c->output == CTL_TABLE ? "all" : NULL);
    ctl_add_text(rows, arena_strdup(c->arena, from));
    if (c->output == CTL_TABLE)
        ctl_add_text(rows, yuan(c->arena, p->unit_price_fen));
    else
        ctl_add_int(rows, p->unit_price_fen);
    ctl_add_text(rows, p->unit);
}

/* A price is shown if it is the one that dispatch would find for its projects, or for the one that was asked for. */
static int cmd_tenant_prices(struct ctl *c)
{
    static const struct ctl_column columns[] = { { "item", "item", CTL_TEXT },           { "name", "name", CTL_TEXT },
                                                 { "project", "project", CTL_TEXT },     { "from", "from", CTL_TEXT },
                                                 { "unitPriceFen", "yuan", CTL_NUMBER }, { "unit", "per", CTL_TEXT } };
    const char *project = ctl_option(c, "project");
    struct pg_conn *pg = ctl_pg(c);
    struct price_list all;
    struct ctl_rows *rows;
    int32_t day = 0;
    int r;

    if (!pg)
        return CTL_UNAVAILABLE;
    r = price_day(c, pg, &day);
    if (r != CTL_OK)
        return r;
    r = load_prices(c, pg, &all);
    if (r < 0)
        return ctl_fail_err(r);
    rows = ctl_rows_new(c, columns, 6);
    for (size_t i = 0; i < all.count; i++) {
        const struct price *p = &all.items[i];

        if (price_find(&all, project ? project : p->project, p->item, day) == p)
            add_price(c, rows, p);
    }
    ctl_rows_end(rows);
    return CTL_OK;
}

const struct ctl_command tenant_commands[] = {
    {
        .name = "tenant apply",
        .arguments = "DIR",
        .summary = "load a tenant's projects, staff, policies and prices from its files",
        .details =
            "DIR holds tenant.yaml, which names the files of staff, categories, rules and prices. Everything is\n"
            "checked first and all problems are told at once; then it is written in one transaction and the\n"
            "daemons take it up by themselves. What is not in the files any more is removed, unless complaints\n"
            "refer to it: then nothing is changed, status 4. The same files again change nothing.\n\n"
            "Example:\n"
            "  redressctl tenant apply deploy/demo.d/tenant",
        .min_arguments = 1,
        .max_arguments = 1,
        .run = cmd_tenant_apply,
    },
    {
        .name = "tenant show",
        .arguments = "[TENANT]",
        .summary = "show a tenant's rules, projects, departments, staff and categories",
        .details = "Without a name: every tenant. With --output json one tenant is an object, several are an array.\n\n"
                   "Examples:\n"
                   "  redressctl tenant show demo\n"
                   "  redressctl tenant show demo --output json | jq -r '.projects[].code'",
        .max_arguments = 1,
        .run = cmd_tenant_show,
    },
    {
        .name = "tenant prices",
        .arguments = "TENANT",
        .summary = "list what paid work costs on a day",
        .details =
            "For a project: its own price of each item, else the one for all projects. Without --project: the price\n"
            "for all and every project's own. Items whose price is only to come are left out.\n\n"
            "Examples:\n"
            "  redressctl tenant prices demo --project YHHY\n"
            "  redressctl tenant prices demo --on 2027-01-01 --output json | jq '.[] | {item, unitPriceFen}'",
        .options = { { "project", "CODE", "what holds for this project" },
                     { "on", "DATE", "what holds on this date; default: today where the tenant is" } },
        .min_arguments = 1,
        .max_arguments = 1,
        .run = cmd_tenant_prices,
    },
    { 0 },
};
