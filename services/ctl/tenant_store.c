#include "tenant_store.h"

#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/error.h"
#include "common/base/str.h"
#include "ctl_sql.h"

struct save {
    struct pg_conn *pg;
    struct arena *arena;
    const struct tenant_file *file;
    struct vault_key data_key;
    const void *wrapped; /* the data key as the table keeps it */
    size_t wrapped_len;
    int64_t changed; /* rows */
};

/* ---- parameters ---- */

static void start(struct save *s, struct pg_params *p)
{
    pg_params_init(p, s->arena);
    pg_param_text(p, s->file->id);
}

static struct pg_column *column(struct save *s, enum pg_type type, size_t rows)
{
    struct pg_column *c = arena_new(s->arena, struct pg_column);

    pg_column_init(c, s->arena, type, rows);
    return c;
}

/* A list in one text, its items parted by the unit separator, which the files cannot hold. */
static const char *joined(struct arena *a, const struct words *w)
{
    struct strbuf b;

    strbuf_init(&b, a);
    strbuf_adds(&b, "");
    for (size_t i = 0; i < w->count; i++) {
        if (i)
            strbuf_addc(&b, '\x1f');
        strbuf_adds(&b, w->items[i]);
    }
    return b.data;
}

static void put_words(struct save *s, struct pg_params *p, const struct words *w)
{
    struct pg_column *c = column(s, PG_TEXT, w->count);

    for (size_t i = 0; i < w->count; i++)
        pg_column_text(c, w->items[i]);
    pg_param_column(p, c);
}

/* One text column from an array of structures. */
#define PUT_TEXTS(s, p, items, count, member)                                                                          \
    do {                                                                                                               \
        struct pg_column *column_ = column((s), PG_TEXT, (count));                                                     \
        for (size_t i_ = 0; i_ < (count); i_++)                                                                        \
            pg_column_text(column_, (items)[i_].member);                                                               \
        pg_param_column((p), column_);                                                                                 \
    } while (0)

#define PUT_INTS(s, p, items, count, member)                                                                           \
    do {                                                                                                               \
        struct pg_column *column_ = column((s), PG_INT4, (count));                                                     \
        for (size_t i_ = 0; i_ < (count); i_++)                                                                        \
            pg_column_int4(column_, (items)[i_].member);                                                               \
        pg_param_column((p), column_);                                                                                 \
    } while (0)

#define PUT_INT8S(s, p, items, count, member)                                                                          \
    do {                                                                                                               \
        struct pg_column *column_ = column((s), PG_INT8, (count));                                                     \
        for (size_t i_ = 0; i_ < (count); i_++)                                                                        \
            pg_column_int8(column_, (items)[i_].member);                                                               \
        pg_param_column((p), column_);                                                                                 \
    } while (0)

#define PUT_BOOLS(s, p, items, count, member)                                                                          \
    do {                                                                                                               \
        struct pg_column *column_ = column((s), PG_BOOL, (count));                                                     \
        for (size_t i_ = 0; i_ < (count); i_++)                                                                        \
            pg_column_bool(column_, (items)[i_].member);                                                               \
        pg_param_column((p), column_);                                                                                 \
    } while (0)

/* One column of lists from an array of structures: joined, for PostgreSQL has no arrays of lists of different lengths.
 */
#define PUT_LISTS(s, p, items, count, member)                                                                          \
    do {                                                                                                               \
        struct pg_column *column_ = column((s), PG_TEXT, (count));                                                     \
        for (size_t i_ = 0; i_ < (count); i_++)                                                                        \
            pg_column_text(column_, joined((s)->arena, &(items)[i_].member));                                          \
        pg_param_column((p), column_);                                                                                 \
    } while (0)

/* Runs it and counts the rows that it changed. */
static int change(struct save *s, const struct pg_statement *statement, const struct pg_params *p)
{
    int64_t rows = 0;
    int e = pg_exec_count(s->pg, statement, p, &rows);

    s->changed += rows;
    return e;
}

/* ---- before anything is written ---- */

/* The tenant's data key: the one it has, or a new one. */
static int find_data_key(struct save *s, const struct vault_key *master)
{
    const char *context = arena_printf(s->arena, "tenant:%s", s->file->id);
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct pg_params p;
    const void *wrapped;
    int e;

    start(s, &p);
    e = pg_exec(s->pg, &ctl_tenant_data_key, &p, &r);
    if (e < 0)
        return e;
    if (pg_rows(r) == 0) {
        vault_new_key(&s->data_key);
        s->wrapped = vault_seal(s->arena, master, context, s->data_key.bytes, VAULT_KEY_BYTES, &s->wrapped_len);
        return 0;
    }
    wrapped = pg_bytes(r, 0, 0, &s->wrapped_len);
    s->wrapped = arena_memdup(s->arena, wrapped, s->wrapped_len);
    return vault_open_data_key(s->arena, master, s->file->id, s->wrapped, s->wrapped_len, &s->data_key)
               ? 0
               : TENANT_OTHER_MASTER;
}

static int check_zone(struct save *s)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct pg_params p;
    int e;

    pg_params_init(&p, s->arena);
    pg_param_text(&p, s->file->time_zone);
    e = pg_exec(s->pg, &ctl_tenant_zone_known, &p, &r);
    if (e == 0 && !pg_bool(r, 0, 0))
        return TENANT_ZONE;
    return e;
}

static int check_in_use(struct save *s, struct pg_result **ret)
{
    const struct tenant_file *f = s->file;
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct pg_params p;
    int e;

    start(s, &p);
    PUT_TEXTS(s, &p, f->projects, f->project_count, code);
    PUT_TEXTS(s, &p, f->buildings, f->building_count, project);
    PUT_TEXTS(s, &p, f->buildings, f->building_count, code);
    PUT_TEXTS(s, &p, f->staff, f->staff_count, id);
    PUT_TEXTS(s, &p, f->departments, f->department_count, code);
    PUT_TEXTS(s, &p, f->policy.categories, f->policy.category_count, code);
    e = pg_exec(s->pg, &ctl_tenant_in_use, &p, &r);
    if (e < 0 || pg_rows(r) == 0)
        return e;
    *ret = TAKE_PTR(r);
    return TENANT_IN_USE;
}

/* ---- intake ---- */

static int save_intake(struct save *s)
{
    const struct tenant_file *f = s->file;
    struct pg_params p;

    start(s, &p);
    pg_param_text(&p, f->name);
    pg_param_text(&p, f->time_zone);
    pg_param_text(&p, f->number_format);
    pg_param_int4(&p, f->duplicate_window_days);
    pg_param_bytes(&p, s->wrapped, s->wrapped_len);
    return change(s, &ctl_tenant_save_intake, &p);
}

static int save_projects(struct save *s)
{
    const struct tenant_file *f = s->file;
    struct pg_params p;

    start(s, &p);
    PUT_TEXTS(s, &p, f->projects, f->project_count, code);
    PUT_TEXTS(s, &p, f->projects, f->project_count, name);
    return change(s, &ctl_tenant_save_projects, &p);
}

static int save_buildings(struct save *s)
{
    const struct tenant_file *f = s->file;
    struct pg_params p;

    start(s, &p);
    PUT_TEXTS(s, &p, f->buildings, f->building_count, project);
    PUT_TEXTS(s, &p, f->buildings, f->building_count, code);
    PUT_TEXTS(s, &p, f->buildings, f->building_count, name);
    PUT_INTS(s, &p, f->buildings, f->building_count, floors);
    PUT_INTS(s, &p, f->buildings, f->building_count, units_per_floor);
    return change(s, &ctl_tenant_save_buildings, &p);
}

/* ---- dispatch ---- */

static int save_dispatch(struct save *s)
{
    const struct tenant_file *f = s->file;
    const struct rules *rules = &f->policy.rules;
    const struct handling_rules *h = &f->handling;
    struct pg_params p;

    start(s, &p);
    pg_param_text(&p, f->name);
    pg_param_text(&p, f->time_zone);
    pg_param_text(&p, f->duty);
    put_words(s, &p, &rules->major_categories);
    put_words(s, &p, &rules->major_words);
    put_words(s, &p, &rules->not_major_words);
    put_words(s, &p, &rules->complex_departments);
    pg_param_int8(&p, rules->complex_amount_fen);
    pg_param_int4(&p, rules->by_hand_below);
    put_words(s, &p, &f->management);
    pg_param_int4(&p, h->bounces_max);
    pg_param_int4(&p, h->reminders);
    pg_param_int4(&p, h->reopen_days);
    pg_param_int4(&p, h->recurrence_days);
    pg_param_int4(&p, h->retain_years);
    pg_param_int4(&p, h->backdate_hours);
    pg_param_int8(&p, h->escalate_amount_fen);
    put_words(s, &p, &h->paid_categories);
    return change(s, &ctl_tenant_save_dispatch, &p);
}

static int save_departments(struct save *s)
{
    const struct tenant_file *f = s->file;
    struct pg_params p;

    start(s, &p);
    PUT_TEXTS(s, &p, f->departments, f->department_count, code);
    PUT_TEXTS(s, &p, f->departments, f->department_count, name);
    PUT_TEXTS(s, &p, f->departments, f->department_count, head);
    PUT_LISTS(s, &p, f->departments, f->department_count, deputies);
    return change(s, &ctl_tenant_save_departments, &p);
}

/* One way to reach each of the staff: sealed, and keyed, so that a change shows. */
struct sealed_columns {
    struct pg_column *keys, *sealed;
};

static void put_sealed(struct save *s, struct sealed_columns *c, const struct vault_key *seal, const char *context,
                       const char *text, const char *key)
{
    void *bytes = NULL;
    size_t len = 0;

    if (*text)
        bytes = vault_seal(s->arena, seal, context, text, strlen(text), &len);
    pg_column_text(c->keys, key);
    pg_column_bytes(c->sealed, bytes, len);
}

/* A phone's key is the one that intake gives a complainant's phone (R12). */
static void put_reach(struct save *s, struct pg_params *p)
{
    const struct tenant_file *f = s->file;
    struct sealed_columns phones = { column(s, PG_TEXT, f->staff_count), column(s, PG_BYTEA, f->staff_count) };
    struct sealed_columns mails = { column(s, PG_TEXT, f->staff_count), column(s, PG_BYTEA, f->staff_count) };
    struct vault_key hash, seal;

    vault_derive(&s->data_key, VAULT_HASH, &hash);
    vault_derive(&s->data_key, VAULT_SEAL, &seal);
    for (size_t i = 0; i < f->staff_count; i++) {
        const struct tenant_file_staff *who = &f->staff[i];
        char key[VAULT_HASH_TEXT] = "", mail_key[VAULT_HASH_TEXT] = "";

        if (who->phone[0])
            phone_key(&hash, who->phone, key);
        if (who->email[0])
            vault_hash(&hash, who->email, strlen(who->email), mail_key);
        put_sealed(s, &phones, &seal, arena_printf(s->arena, "staff:%s:%s", f->id, who->id), who->phone, key);
        put_sealed(s, &mails, &seal, arena_printf(s->arena, "staff-email:%s:%s", f->id, who->id), who->email, mail_key);
    }
    vault_wipe(&hash);
    vault_wipe(&seal);
    pg_param_column(p, phones.keys);
    pg_param_column(p, phones.sealed);
    pg_param_column(p, mails.keys);
    pg_param_column(p, mails.sealed);
}

static int save_staff(struct save *s)
{
    const struct tenant_file *f = s->file;
    struct pg_params p;

    start(s, &p);
    PUT_TEXTS(s, &p, f->staff, f->staff_count, id);
    PUT_TEXTS(s, &p, f->staff, f->staff_count, name);
    PUT_TEXTS(s, &p, f->staff, f->staff_count, department);
    PUT_LISTS(s, &p, f->staff, f->staff_count, projects);
    PUT_BOOLS(s, &p, f->staff, f->staff_count, trained);
    PUT_BOOLS(s, &p, f->staff, f->staff_count, on_duty);
    PUT_TEXTS(s, &p, f->staff, f->staff_count, absent);
    put_reach(s, &p);
    return change(s, &ctl_tenant_save_staff, &p);
}

static int save_categories(struct save *s)
{
    const struct category *c = s->file->policy.categories;
    size_t count = s->file->policy.category_count;
    struct pg_params p;

    start(s, &p);
    PUT_TEXTS(s, &p, c, count, code);
    PUT_TEXTS(s, &p, c, count, parent);
    PUT_TEXTS(s, &p, c, count, name);
    PUT_TEXTS(s, &p, c, count, department);
    PUT_BOOLS(s, &p, c, count, complex);
    PUT_INTS(s, &p, c, count, ordinal);
    PUT_LISTS(s, &p, c, count, strong);
    PUT_LISTS(s, &p, c, count, weak);
    PUT_LISTS(s, &p, c, count, against);
    return change(s, &ctl_tenant_save_categories, &p);
}

static int save_prices(struct save *s)
{
    const struct price_list *l = &s->file->prices;
    struct pg_params p;

    start(s, &p);
    PUT_TEXTS(s, &p, l->items, l->count, project);
    PUT_TEXTS(s, &p, l->items, l->count, item);
    PUT_INTS(s, &p, l->items, l->count, effective_from);
    PUT_TEXTS(s, &p, l->items, l->count, name);
    PUT_TEXTS(s, &p, l->items, l->count, unit);
    PUT_INT8S(s, &p, l->items, l->count, unit_price_fen);
    return change(s, &ctl_tenant_save_prices, &p);
}

/* ---- what is not in the files any more ---- */

static int drop_buildings(struct save *s)
{
    const struct tenant_file *f = s->file;
    struct pg_params p;

    start(s, &p);
    PUT_TEXTS(s, &p, f->buildings, f->building_count, project);
    PUT_TEXTS(s, &p, f->buildings, f->building_count, code);
    return change(s, &ctl_tenant_drop_buildings, &p);
}

static int drop_projects(struct save *s)
{
    struct pg_params p;

    start(s, &p);
    PUT_TEXTS(s, &p, s->file->projects, s->file->project_count, code);
    return change(s, &ctl_tenant_drop_projects, &p);
}

static int drop_staff(struct save *s)
{
    struct pg_params p;

    start(s, &p);
    PUT_TEXTS(s, &p, s->file->staff, s->file->staff_count, id);
    return change(s, &ctl_tenant_drop_staff, &p);
}

static int drop_departments(struct save *s)
{
    struct pg_params p;

    start(s, &p);
    PUT_TEXTS(s, &p, s->file->departments, s->file->department_count, code);
    return change(s, &ctl_tenant_drop_departments, &p);
}

static int drop_categories(struct save *s)
{
    struct pg_params p;

    start(s, &p);
    PUT_TEXTS(s, &p, s->file->policy.categories, s->file->policy.category_count, code);
    return change(s, &ctl_tenant_drop_categories, &p);
}

static int drop_prices(struct save *s)
{
    const struct price_list *l = &s->file->prices;
    struct pg_params p;

    start(s, &p);
    PUT_TEXTS(s, &p, l->items, l->count, project);
    PUT_TEXTS(s, &p, l->items, l->count, item);
    PUT_INTS(s, &p, l->items, l->count, effective_from);
    return change(s, &ctl_tenant_drop_prices, &p);
}

/* ---- the whole ---- */

/* In the order of the foreign keys. */
static int (*const steps[])(struct save *s) = {
    save_intake,     save_projects, save_buildings, save_dispatch, save_departments, save_staff,      drop_staff,
    save_categories, save_prices,   drop_buildings, drop_projects, drop_departments, drop_categories, drop_prices,
};

static int save_all(struct save *s, const struct vault_key *master, struct pg_result **ret_in_use)
{
    int r = pg_exec(s->pg, &ctl_tenant_lock, NULL, NULL);

    if (r == 0)
        r = check_zone(s);
    if (r == 0)
        r = check_in_use(s, ret_in_use);
    if (r == 0)
        r = find_data_key(s, master);
    for (size_t i = 0; r == 0 && i < sizeof steps / sizeof *steps; i++)
        r = steps[i](s);
    if (r == 0 && s->changed)
        r = pg_exec(s->pg, &ctl_tenant_raise_revision, NULL, NULL);
    return r;
}

int tenant_save(struct pg_conn *pg, struct arena *a, const struct tenant_file *f, const struct vault_key *master,
                struct pg_result **ret_in_use)
{
    struct save s = { .pg = pg, .arena = a, .file = f };
    int r = pg_begin(pg);

    *ret_in_use = NULL;
    if (r < 0)
        return r;
    r = save_all(&s, master, ret_in_use);
    vault_wipe(&s.data_key);
    if (r == 0 && s.changed) {
        r = pg_commit(pg);
        return r < 0 ? r : TENANT_CHANGED;
    }
    pg_rollback(pg);
    return r;
}
