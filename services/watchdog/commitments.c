#include "commitments.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "watchdog_sql.h"

/* Years around now that calendars are prepared for: the oldest open complaint, the longest limit. */
#define YEARS_BACK  4
#define YEARS_AHEAD 6

struct named_calendar {
    const char *name;
    struct calendar calendar;
};

struct tenant_promises {
    struct promises promises; /* first: see calendar_of */
    const char *tenant;
    struct zone zone;
    struct sla_book book;
    struct named_calendar *calendars;
    size_t calendar_count;
};

struct commitments {
    struct arena arena; /* of the newest revision that was read */
    int64_t revision;   /* -1: nothing read yet */
    struct tenant_promises *items;
    size_t count;
};

struct commitments *commitments_new(void)
{
    struct commitments *c = calloc(1, sizeof(*c));

    if (!c)
        abort();
    arena_init(&c->arena, 0);
    c->revision = -1;
    return c;
}

void commitments_free(struct commitments *c)
{
    if (!c)
        return;
    arena_done(&c->arena);
    free(c);
}

static struct tenant_promises *find(struct tenant_promises *items, size_t count, const char *tenant)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(items[i].tenant, tenant) == 0)
            return &items[i];
    return NULL;
}

const struct promises *commitments_of(const struct commitments *c, const char *tenant)
{
    const struct tenant_promises *t = find(c->items, c->count, tenant);

    return t ? &t->promises : NULL;
}

size_t commitments_count(const struct commitments *c)
{
    return c->count;
}

const char *commitments_tenant(const struct commitments *c, size_t i)
{
    return c->items[i].tenant;
}

int commitments_missing_year(const struct commitments *c, size_t i, int64_t now_us, const char **ret_name)
{
    const struct tenant_promises *t = &c->items[i];

    for (size_t k = 0; k < t->calendar_count; k++) {
        int year = calendar_missing_year(&t->calendars[k].calendar, now_us);

        if (year) {
            *ret_name = t->calendars[k].name;
            return year;
        }
    }
    return 0;
}

static const struct calendar *calendar_of(const struct promises *p, const char *name)
{
    const struct tenant_promises *t = (const struct tenant_promises *)p;

    for (size_t i = 0; i < t->calendar_count; i++)
        if (strcmp(t->calendars[i].name, name) == 0)
            return &t->calendars[i].calendar;
    return NULL;
}

/* ---- reading ---- */

struct rows {
    struct pg_result *tenants, *calendars, *policies;
};

static void rows_free(struct rows *r)
{
    pg_result_free(r->tenants);
    pg_result_free(r->calendars);
    pg_result_free(r->policies);
    *r = (struct rows){ 0 };
}

static int query_rows(struct pg_conn *pg, struct rows *r)
{
    int e = pg_exec(pg, &watchdog_load_tenants, NULL, &r->tenants);

    if (e == 0)
        e = pg_exec(pg, &watchdog_load_calendars, NULL, &r->calendars);
    return e < 0 ? e : pg_exec(pg, &watchdog_load_policies, NULL, &r->policies);
}

/* How many rows from one on are of this tenant; rows are sorted by tenant. */
static size_t rows_of(const struct pg_result *r, const char *tenant, int *ret_first)
{
    size_t n = 0;

    for (int i = 0; i < pg_rows(r); i++)
        if (strcmp(pg_text(r, i, 0), tenant) == 0 && n++ == 0)
            *ret_first = i;
    return n;
}

static int load_calendars(struct arena *a, const struct pg_result *rows, int year, struct tenant_promises *t)
{
    int first = 0, r = 0;

    t->calendar_count = rows_of(rows, t->tenant, &first);
    t->calendars = arena_array(a, struct named_calendar, t->calendar_count + 1);
    for (size_t i = 0; r == 0 && i < t->calendar_count; i++) {
        const char *name = pg_text(rows, first + (int)i, 1);
        size_t len;
        const char *text = pg_bytes(rows, first + (int)i, 3, &len);

        t->calendars[i].name = arena_strdup(a, name);
        text = arena_strndup(a, text, len);
        r = calendar_load_text(a, t->calendars[i].name, text, len, year - YEARS_BACK, year + YEARS_AHEAD,
                               &t->calendars[i].calendar);
    }
    return r;
}

static int load_policies(struct arena *a, const struct pg_result *rows, struct tenant_promises *t)
{
    int first = 0, r = 0;

    t->book.tenant = t->tenant;
    t->book.count = rows_of(rows, t->tenant, &first);
    t->book.policies = arena_array(a, struct sla_policy, t->book.count + 1);
    for (size_t i = 0; r == 0 && i < t->book.count; i++) {
        size_t len;
        const char *text = pg_bytes(rows, first + (int)i, 3, &len);

        text = arena_strndup(a, text, len);
        r = sla_policy_load_text(
            a, arena_printf(a, "%s version %d", pg_text(rows, first + (int)i, 1), pg_int4(rows, first + (int)i, 2)),
            text, len, NULL, &t->book.policies[i]);
    }
    return r < 0 ? r : sla_book_sort(a, &t->book);
}

static int year_of(int64_t now_us)
{
    unsigned month, day;
    int year;

    civil_from_days(now_us / DAY_US, &year, &month, &day);
    return year;
}

static int build(struct arena *a, const struct rows *rows, int64_t now_us, struct tenant_promises **ret,
                 size_t *ret_count)
{
    size_t count = (size_t)pg_rows(rows->tenants);
    struct tenant_promises *items = arena_array(a, struct tenant_promises, count + 1);
    int year = year_of(now_us), r = 0;

    for (size_t i = 0; r == 0 && i < count; i++) {
        struct tenant_promises *t = &items[i];

        t->tenant = pg_text_copy(a, rows->tenants, (int)i, 0);
        r = zone_load(a, pg_text_copy(a, rows->tenants, (int)i, 1), year - YEARS_BACK, year + YEARS_AHEAD, &t->zone);
        if (r > 0)
            r = err_set(ERR_FATAL, "no time zone %s", pg_text(rows->tenants, (int)i, 1));
        if (r == 0)
            r = load_calendars(a, rows->calendars, year, t);
        if (r == 0)
            r = load_policies(a, rows->policies, t);
        t->promises = (struct promises){ &t->book, &t->zone, calendar_of };
        if (r < 0)
            err_prefix(r, "tenant %s", t->tenant);
    }
    *ret = items;
    *ret_count = count;
    return r;
}

static int read_revision(struct pg_conn *pg, int64_t *ret, int64_t *ret_now_us)
{
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    int r = pg_exec(pg, &watchdog_revision, NULL, &res);

    if (r < 0)
        return r;
    if (pg_rows(res) != 1)
        return err_set(ERR_FATAL, "watchdog.revision must have one row");
    *ret = pg_int8(res, 0, 0);
    *ret_now_us = pg_time_us(res, 0, 1);
    return 0;
}

/* What cannot be understood is waited for: clocks without their calendar or policy would be wrong ones. */
static int load(struct commitments *c, const struct rows *rows, int64_t revision, int64_t now_us)
{
    struct tenant_promises *items;
    struct arena arena;
    size_t count;

    arena_init(&arena, 0);
    if (build(&arena, rows, now_us, &items, &count) < 0) {
        arena_done(&arena);
        return err_prefix(ERR_RETRY, "revision %lld of calendars and policies", (long long)revision);
    }
    arena_done(&c->arena);
    c->arena = arena;
    c->items = items;
    c->count = count;
    c->revision = revision;
    log_info("calendars and policies read", LOG_INT("revision", revision), LOG_INT("tenants", (int64_t)count));
    return 0;
}

/* The tables are read one after the other: only if the revision is the same afterwards do they belong together. */
int commitments_refresh(struct commitments *c, struct pg_conn *pg)
{
    int64_t revision = -1, after = -1, now_us;
    int r = read_revision(pg, &revision, &now_us);

    while (r == 0 && revision != c->revision) {
        struct rows rows = { 0 };

        r = query_rows(pg, &rows);
        if (r == 0)
            r = read_revision(pg, &after, &now_us);
        if (r == 0 && after == revision)
            r = load(c, &rows, revision, now_us);
        revision = after;
        rows_free(&rows);
    }
    return r;
}
