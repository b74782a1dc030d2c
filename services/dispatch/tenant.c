#include "tenant.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/ustring.h>

#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "dispatch_sql.h"
#include "normalise.h"

#define DAY_MS 86400000.0

/* Compiling takes time and memory, and most tenants use the default policy: one classifier per set of words. */
struct compiled {
    unsigned char digest[SHA256_BYTES];
    struct classifier *classifier;
    bool used;
    struct compiled *next;
};

struct tenant_set {
    struct arena arena; /* of the newest revision that was read */
    int64_t revision;   /* -1: nothing read yet */
    struct tenant *items;
    size_t count;
    struct compiled *compiled;
};

/* ---- asking ---- */

const struct department *tenant_department(const struct tenant *t, const char *code)
{
    for (size_t i = 0; i < t->department_count; i++)
        if (strcmp(t->departments[i].code, code) == 0)
            return &t->departments[i];
    return NULL;
}

int tenant_staff(const struct tenant *t, const char *id)
{
    size_t low = 0, high = t->staff_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(t->staff[middle].id, id);

        if (order == 0)
            return (int)middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

int32_t tenant_today(const struct tenant *t, int64_t now_us)
{
    double now_ms = (double)now_us / 1000;
    UChar zone[64] = { 0 };
    UErrorCode e = U_ZERO_ERROR;
    UCalendar *calendar;

    u_charsToUChars(t->zone, zone, (int32_t)(strlen(t->zone) < 63 ? strlen(t->zone) : 63));
    calendar = ucal_open(zone, -1, "en", UCAL_GREGORIAN, &e);
    ucal_setMillis(calendar, now_ms, &e);
    if (U_SUCCESS(e))
        now_ms += ucal_get(calendar, UCAL_ZONE_OFFSET, &e) + ucal_get(calendar, UCAL_DST_OFFSET, &e);
    if (calendar)
        ucal_close(calendar);
    return (int32_t)(now_ms / DAY_MS);
}

const struct tenant *tenant_set_find(const struct tenant_set *ts, const char *id)
{
    size_t low = 0, high = ts->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(ts->items[middle].id, id);

        if (order == 0)
            return &ts->items[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

int64_t tenant_set_revision(const struct tenant_set *ts)
{
    return ts->revision;
}

size_t tenant_set_count(const struct tenant_set *ts)
{
    return ts->count;
}

const struct tenant *tenant_set_at(const struct tenant_set *ts, size_t i)
{
    return &ts->items[i];
}

/* ---- reading ---- */

static void read_absences(struct arena *a, const char *pairs, struct staff *s)
{
    s->absences = arena_array(a, struct absence, strlen(pairs) / 4 + 1); /* "1 2" and a blank: four characters a pair */
    while (*pairs) {
        char *rest;
        struct absence absence;

        absence.from = (int32_t)strtol(pairs, &rest, 10);
        absence.to = (int32_t)strtol(rest, &rest, 10);
        s->absences[s->absence_count++] = absence;
        pairs = *rest ? rest + 1 : rest;
    }
}

static struct tenant read_tenant(struct arena *a, const struct pg_result *r, int row)
{
    struct tenant t = {
        .id = pg_text_copy(a, r, row, 0),
        .name = pg_text_copy(a, r, row, 1),
        .zone = pg_text_copy(a, r, row, 2),
        .duty = pg_text_copy(a, r, row, 3),
    };

    t.policy.rules = (struct rules){
        .major_categories = words_split(a, pg_text(r, row, 4)),
        .major_words = words_split(a, pg_text(r, row, 5)),
        .not_major_words = words_split(a, pg_text(r, row, 6)),
        .complex_departments = words_split(a, pg_text(r, row, 7)),
        .complex_amount_fen = pg_int8(r, row, 8),
        .by_hand_below = pg_int4(r, row, 9),
    };
    t.management = words_split(a, pg_text(r, row, 10));
    t.handling = (struct handling_rules){
        .bounces_max = pg_int4(r, row, 11),
        .reminders = pg_int4(r, row, 12),
        .reopen_days = pg_int4(r, row, 13),
        .recurrence_days = pg_int4(r, row, 14),
        .retain_years = pg_int4(r, row, 15),
        .backdate_hours = pg_int4(r, row, 16),
        .escalate_amount_fen = pg_int8(r, row, 17),
        .paid_categories = words_split(a, pg_text(r, row, 18)),
    };
    return t;
}

static struct department read_department(struct arena *a, const struct pg_result *r, int row)
{
    return (struct department){
        .code = pg_text_copy(a, r, row, 1),
        .name = pg_text_copy(a, r, row, 2),
        .head = pg_text_copy(a, r, row, 3),
        .deputies = words_split(a, pg_text(r, row, 4)),
    };
}

static struct staff read_staff(struct arena *a, const struct pg_result *r, int row)
{
    const char *name = pg_text(r, row, 2);
    struct staff s = {
        .id = pg_text_copy(a, r, row, 1),
        .name = normalise(a, name, strlen(name)),
        .department = pg_text_copy(a, r, row, 3),
        .projects = words_split(a, pg_text(r, row, 4)),
        .trained = pg_bool(r, row, 5),
        .on_duty = pg_bool(r, row, 6),
        .phone_key = pg_text_copy(a, r, row, 7),
    };

    read_absences(a, pg_text(r, row, 8), &s);
    return s;
}

static struct category read_category(struct arena *a, const struct pg_result *r, int row)
{
    return (struct category){
        .code = pg_text_copy(a, r, row, 1),
        .parent = pg_text_copy(a, r, row, 2),
        .name = pg_text_copy(a, r, row, 3),
        .department = pg_text_copy(a, r, row, 4),
        .complex = pg_bool(r, row, 5),
        .ordinal = pg_int4(r, row, 6),
        .strong = words_split(a, pg_text(r, row, 7)),
        .weak = words_split(a, pg_text(r, row, 8)),
        .against = words_split(a, pg_text(r, row, 9)),
    };
}

static struct price read_price(struct arena *a, const struct pg_result *r, int row)
{
    return (struct price){
        .project = pg_text_copy(a, r, row, 1),
        .item = pg_text_copy(a, r, row, 2),
        .name = pg_text_copy(a, r, row, 3),
        .unit = pg_text_copy(a, r, row, 4),
        .effective_from = pg_int4(r, row, 5),
        .unit_price_fen = pg_int8(r, row, 6),
    };
}

/* Rows of the tenant from *at on; they stand in the tenants' order. */
static size_t rows_of(const struct pg_result *r, const struct tenant *t, int *at)
{
    int first;

    while (*at < pg_rows(r) && strcmp(pg_text(r, *at, 0), t->id) < 0)
        (*at)++;
    for (first = *at; *at < pg_rows(r) && strcmp(pg_text(r, *at, 0), t->id) == 0;)
        (*at)++;
    return (size_t)(*at - first);
}

#define READ_ALL(result, at, array, count, type, read_one)                                                             \
    do {                                                                                                               \
        (count) = rows_of((result), t, &(at));                                                                         \
        (array) = arena_array(a, type, (count) + 1);                                                                   \
        for (size_t k = 0; k < (count); k++)                                                                           \
            (array)[k] = read_one(a, (result), (at) - (int)(count) + (int)k);                                          \
    } while (0)

struct rows {
    struct pg_result *tenants, *departments, *staff, *categories, *prices;
};

static void rows_free(struct rows *r)
{
    pg_result_free(r->tenants);
    pg_result_free(r->departments);
    pg_result_free(r->staff);
    pg_result_free(r->categories);
    pg_result_free(r->prices);
}

static int query_rows(struct pg_conn *pg, struct rows *ret)
{
    int r = pg_exec(pg, &dispatch_load_tenants, NULL, &ret->tenants);

    if (r == 0)
        r = pg_exec(pg, &dispatch_load_departments, NULL, &ret->departments);
    if (r == 0)
        r = pg_exec(pg, &dispatch_load_staff, NULL, &ret->staff);
    if (r == 0)
        r = pg_exec(pg, &dispatch_load_categories, NULL, &ret->categories);
    if (r == 0)
        r = pg_exec(pg, &dispatch_load_prices, NULL, &ret->prices);
    return r;
}

static struct tenant *build(struct arena *a, const struct rows *rows, size_t *ret_count)
{
    size_t count = (size_t)pg_rows(rows->tenants);
    struct tenant *items = arena_array(a, struct tenant, count + 1);
    int department = 0, staff = 0, category = 0, price = 0;
    struct price *prices;

    for (size_t i = 0; i < count; i++) {
        struct tenant *t = &items[i];

        *t = read_tenant(a, rows->tenants, (int)i);
        READ_ALL(rows->departments, department, t->departments, t->department_count, struct department,
                 read_department);
        READ_ALL(rows->staff, staff, t->staff, t->staff_count, struct staff, read_staff);
        READ_ALL(rows->categories, category, t->policy.categories, t->policy.category_count, struct category,
                 read_category);
        READ_ALL(rows->prices, price, prices, t->prices.count, struct price, read_price);
        t->prices.items = prices;
    }
    *ret_count = count;
    return items;
}

/* ---- classifiers ---- */

static void digest_words(struct strbuf *out, const struct words *w)
{
    for (size_t i = 0; i < w->count; i++)
        strbuf_add(out, w->items[i], strlen(w->items[i]) + 1);
    strbuf_add(out, "\x1e", 1);
}

static void digest_policy(const struct policy *p, unsigned char ret[SHA256_BYTES])
{
    struct arena arena;
    struct strbuf all;

    arena_init(&arena, 0);
    strbuf_init(&all, &arena);
    for (size_t i = 0; i < p->category_count; i++) {
        digest_words(&all, &p->categories[i].strong);
        digest_words(&all, &p->categories[i].weak);
        digest_words(&all, &p->categories[i].against);
    }
    digest_words(&all, &p->rules.major_words);
    digest_words(&all, &p->rules.not_major_words);
    sha256(all.data, all.len, ret);
    arena_done(&arena);
}

static int compiled_for(struct tenant_set *ts, const struct policy *p, struct classifier **ret)
{
    unsigned char digest[SHA256_BYTES];
    struct compiled *c;
    int r;

    digest_policy(p, digest);
    for (c = ts->compiled; c; c = c->next)
        if (memcmp(c->digest, digest, SHA256_BYTES) == 0)
            break;
    if (!c) {
        c = calloc(1, sizeof(*c));
        if (!c)
            return err_set(ERR_FATAL, "tenants: no memory");
        memcpy(c->digest, digest, SHA256_BYTES);
        r = classifier_new(p, &c->classifier);
        if (r < 0) {
            free(c);
            return r;
        }
        c->next = ts->compiled;
        ts->compiled = c;
    }
    c->used = true;
    *ret = c->classifier;
    return 0;
}

static void drop_unused(struct tenant_set *ts)
{
    struct compiled **at = &ts->compiled;

    while (*at) {
        struct compiled *c = *at;

        if (c->used) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        classifier_free(c->classifier);
        free(c);
    }
}

static int compile_all(struct tenant_set *ts, struct tenant *items, size_t count)
{
    int r = normalise_init();

    for (size_t i = 0; r == 0 && i < count; i++)
        r = compiled_for(ts, &items[i].policy, &items[i].classifier);
    return r < 0 ? err_prefix(r, "tenant settings") : 0;
}

/* ---- refreshing ---- */

struct tenant_set *tenant_set_new(void)
{
    struct tenant_set *ts = calloc(1, sizeof(*ts));

    if (!ts)
        abort();
    arena_init(&ts->arena, 0);
    ts->revision = -1;
    return ts;
}

void tenant_set_free(struct tenant_set *ts)
{
    if (!ts)
        return;
    for (struct compiled *c = ts->compiled; c; c = c->next)
        c->used = false;
    drop_unused(ts);
    arena_done(&ts->arena);
    free(ts);
}

static int read_revision(struct pg_conn *pg, int64_t *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    int r = pg_exec(pg, &dispatch_tenant_revision, NULL, &res);

    if (r < 0)
        return r;
    if (pg_rows(res) != 1)
        return err_set(ERR_FATAL, "dispatch.tenant_revision must have one row");
    *ret = pg_int8(res, 0, 0);
    return 0;
}

static int load(struct tenant_set *ts, const struct rows *rows)
{
    struct tenant *items;
    struct arena arena;
    size_t count;
    int r;

    arena_init(&arena, 0);
    r = normalise_init();
    if (r < 0)
        return r;
    items = build(&arena, rows, &count);
    for (struct compiled *c = ts->compiled; c; c = c->next)
        c->used = false;
    r = compile_all(ts, items, count);
    if (r < 0) {
        arena_done(&arena); /* the old settings and their classifiers stay */
        return r;
    }
    drop_unused(ts);
    arena_done(&ts->arena);
    ts->arena = arena;
    ts->items = items;
    ts->count = count;
    malloc_trim(0); /* compiling words takes ten times what is left of it */
    return 0;
}

/* The four tables are read one after the other: only if the revision is the same afterwards do they belong together. */
int tenant_set_refresh(struct tenant_set *ts, struct pg_conn *pg)
{
    int64_t revision = -1, after = -1;
    int r = read_revision(pg, &revision);

    while (r == 0 && revision != ts->revision) {
        struct rows rows = { 0 };

        r = query_rows(pg, &rows);
        if (r == 0)
            r = read_revision(pg, &after);
        if (r == 0 && after == revision) {
            r = load(ts, &rows);
            if (r == 0) {
                ts->revision = revision;
                log_info("tenant settings read", LOG_INT("revision", revision), LOG_INT("tenants", ts->count));
            }
        }
        revision = after;
        rows_free(&rows);
    }
    return r;
}
