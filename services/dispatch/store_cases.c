/* Cases that go on: loaded and locked with their work orders, written back with their texts. */
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "dispatch_sql.h"
#include "store.h"

/* ---- the columns of case_state: both statements, load_cases and save_states, have them in this order ---- */

enum kind { AS_ID, AS_INT, AS_TIME, AS_TEXT, AS_WORDS, AS_INT8, AS_HEAD }; /* times and ids: 0 and nil are SQL's null */

#define COLUMN(kind, type, field)                                                                                      \
    {                                                                                                                  \
        type, kind, offsetof(struct case_state, field)                                                                 \
    }
static const struct {
    enum pg_type type;
    enum kind kind;
    size_t offset;
} columns[] = {
    COLUMN(AS_ID, PG_UUID, id),
    COLUMN(AS_INT, PG_INT4, status),
    COLUMN(AS_TIME, PG_TIMESTAMPTZ, since_us),
    COLUMN(AS_TEXT, PG_TEXT, department),
    COLUMN(AS_TEXT, PG_TEXT, assignee),
    COLUMN(AS_INT, PG_INT4, assignee_role),
    COLUMN(AS_TIME, PG_TIMESTAMPTZ, assigned_us),
    COLUMN(AS_INT, PG_INT4, facts),
    COLUMN(AS_INT, PG_INT4, level),
    COLUMN(AS_INT, PG_INT4, waiting),
    COLUMN(AS_INT, PG_INT4, asked),
    COLUMN(AS_INT, PG_INT4, question),
    COLUMN(AS_TIME, PG_TIMESTAMPTZ, question_us),
    COLUMN(AS_WORDS, PG_TEXT, recused),
    COLUMN(AS_INT, PG_INT4, bounces),
    COLUMN(AS_INT, PG_INT4, plans),
    COLUMN(AS_INT, PG_INT4, plan_steps),
    COLUMN(AS_INT, PG_INT4, dissatisfied),
    COLUMN(AS_INT, PG_INT4, reminders),
    COLUMN(AS_INT, PG_INT4, reopened),
    COLUMN(AS_INT, PG_INT4, chases),
    COLUMN(AS_INT, PG_INT4, passed_on),
    COLUMN(AS_TIME, PG_TIMESTAMPTZ, plan_deadline_us),
    COLUMN(AS_TIME, PG_TIMESTAMPTZ, closed_us),
    COLUMN(AS_TIME, PG_TIMESTAMPTZ, reopen_until_us),
    COLUMN(AS_TIME, PG_TIMESTAMPTZ, retain_until_us),
    COLUMN(AS_ID, PG_UUID, merged_into),
    COLUMN(AS_INT8, PG_INT8, version),
    COLUMN(AS_HEAD, PG_BYTEA, head),
};
#define COLUMNS ((int)(sizeof(columns) / sizeof(columns[0])))
#define WAS     COLUMNS /* of save_states: one more */

/* load_files */
enum {
    FILE_ID,
    TENANT,
    NUMBER,
    PROJECT,
    BUILDING,
    HOME,
    COMPLAINANT,
    CATEGORY,
    SEVERITY,
    COMPLEXITY,
    RECEIVED,
    REGISTERED,
    AMOUNT
};

static int64_t time_or_0(const struct pg_result *r, int row, int column)
{
    return pg_is_null(r, row, column) ? 0 : pg_time_us(r, row, column);
}

static const char *join(struct arena *a, const struct words *w)
{
    struct strbuf b;

    strbuf_init(&b, a);
    strbuf_adds(&b, "");
    for (size_t i = 0; i < w->count; i++)
        strbuf_printf(&b, "%s%s", i ? "\x1f" : "", w->items[i]);
    return b.data;
}

static void read_field(struct arena *a, const struct pg_result *r, int row, int column, struct case_state *c)
{
    void *at = (char *)c + columns[column].offset;
    const void *head;
    size_t len;

    switch (columns[column].kind) {
    case AS_ID:
        if (!pg_is_null(r, row, column))
            *(struct uuid *)at = pg_uuid(r, row, column);
        return;
    case AS_INT:
        *(int *)at = pg_int4(r, row, column);
        return;
    case AS_TIME:
        *(int64_t *)at = time_or_0(r, row, column);
        return;
    case AS_TEXT:
        *(const char **)at = pg_text_copy(a, r, row, column);
        return;
    case AS_WORDS:
        *(struct words *)at = words_split(a, pg_text(r, row, column));
        return;
    case AS_INT8:
        *(int64_t *)at = pg_int8(r, row, column);
        return;
    case AS_HEAD:
        head = pg_bytes(r, row, column, &len);
        memcpy(at, head, len < sizeof(c->head) ? len : sizeof(c->head));
        return;
    }
}

static void write_field(struct arena *a, struct pg_column *out, int column, const struct case_state *c)
{
    const void *at = (const char *)c + columns[column].offset;

    switch (columns[column].kind) {
    case AS_ID:
        pg_column_uuid(out, uuid_is_nil(at) ? NULL : at);
        return;
    case AS_INT:
        pg_column_int4(out, *(const int *)at);
        return;
    case AS_TIME:
        if (*(const int64_t *)at)
            pg_column_time(out, *(const int64_t *)at);
        else
            pg_column_null(out);
        return;
    case AS_TEXT:
        pg_column_text(out, *(const char *const *)at);
        return;
    case AS_WORDS:
        pg_column_text(out, join(a, at));
        return;
    case AS_INT8:
        pg_column_int8(out, *(const int64_t *)at);
        return;
    case AS_HEAD:
        pg_column_bytes(out, at, sizeof(c->head));
        return;
    }
}

/* ---- loading ---- */

static void read_case(struct arena *a, const struct pg_result *r, int row, struct case_row *out)
{
    struct case_state *c = arena_new(a, struct case_state);

    for (int i = 0; i < COLUMNS; i++)
        read_field(a, r, row, i, c);
    out->state = c;
    out->version = c->version;
    out->loaded_version = c->version;
}

static void read_file(struct arena *a, const struct pg_result *r, int row, struct case_state *c)
{
    c->tenant = pg_text_copy(a, r, row, TENANT);
    c->number = pg_text_copy(a, r, row, NUMBER);
    c->project = pg_text_copy(a, r, row, PROJECT);
    c->building = pg_text_copy(a, r, row, BUILDING);
    c->home_key = pg_text_copy(a, r, row, HOME);
    c->complainant_key = pg_text_copy(a, r, row, COMPLAINANT);
    c->category = pg_text_copy(a, r, row, CATEGORY);
    c->severity = pg_int4(r, row, SEVERITY);
    c->complexity = pg_int4(r, row, COMPLEXITY);
    c->received_us = pg_time_us(r, row, RECEIVED);
    c->registered_us = pg_time_us(r, row, REGISTERED);
    c->amount_fen = pg_int8(r, row, AMOUNT);
}

/* "12 300 4": as many as there are lines. */
static void read_numbers(const char *list, struct work_order *o, size_t offset)
{
    char *end;

    for (size_t i = 0; i < o->line_count && *list; i++, list = *end ? end + 1 : end)
        *(int64_t *)((char *)&o->lines[i] + offset) = strtoll(list, &end, 10);
}

static void read_order(struct arena *a, const struct pg_result *r, int row, struct work_order *o)
{
    struct words items = words_split(a, pg_text(r, row, 6));

    o->number = pg_int4(r, row, 1);
    o->status = (enum order_status)pg_int4(r, row, 2);
    o->paid = pg_bool(r, row, 3);
    o->quote = pg_int4(r, row, 4);
    o->approved = pg_int4(r, row, 5);
    o->line_count = items.count;
    o->lines = arena_array(a, struct order_line, items.count + 1);
    for (size_t i = 0; i < items.count; i++)
        o->lines[i].item = items.items[i];
    read_numbers(pg_text(r, row, 7), o, offsetof(struct order_line, quantity_milli));
    read_numbers(pg_text(r, row, 8), o, offsetof(struct order_line, unit_price_fen));
    read_numbers(pg_text(r, row, 9), o, offsetof(struct order_line, amount_fen));
    o->total_fen = pg_int8(r, row, 10);
    o->team = pg_text_copy(a, r, row, 11);
    o->from_us = time_or_0(r, row, 12);
    o->to_us = time_or_0(r, row, 13);
    o->quality = pg_int4(r, row, 14);
    o->attitude = pg_int4(r, row, 15);
    o->opened_us = pg_time_us(r, row, 16);
    o->done_us = time_or_0(r, row, 17);
}

static void ids_of(struct batch *b, const struct case_set *s, struct pg_params *p, struct pg_column *ids)
{
    pg_column_init(ids, b->arena, PG_UUID, s->ids.count);
    for (size_t i = 0; i < s->ids.count; i++)
        pg_column_uuid(ids, &s->rows[i].id);
    pg_params_init(p, b->arena);
    pg_param_column(p, ids);
}

/* Every case has one: they are made together. */
static int load_files(struct batch *b, struct case_set *s)
{
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    struct pg_params p;
    struct pg_column ids;
    int r;

    ids_of(b, s, &p, &ids);
    r = pg_exec(b->pg, &dispatch_load_files, &p, &res);
    for (int i = 0; r == 0 && i < pg_rows(res); i++) {
        struct uuid id = pg_uuid(res, i, FILE_ID);
        struct case_row *row = case_set_get(s, &id);

        if (!row->state)
            continue;
        read_file(b->arena, res, i, row->state);
        row->loaded_amount_fen = row->state->amount_fen;
    }
    return r;
}

static int load_orders(struct batch *b, struct case_set *s)
{
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    struct pg_params p;
    struct pg_column ids;
    int r;

    ids_of(b, s, &p, &ids);
    r = pg_exec(b->pg, &dispatch_load_orders, &p, &res);
    for (int i = 0; r == 0 && i < pg_rows(res); i++) {
        struct uuid id = pg_uuid(res, i, 0);
        struct case_state *c = case_set_get(s, &id)->state;
        struct work_order *o = work_order_add(b->arena, &c->orders, false, 0);

        *o = (struct work_order){ 0 };
        read_order(b->arena, res, i, o);
    }
    return r;
}

int store_load_cases(struct batch *b, struct case_set *s)
{
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    struct pg_params p;
    struct pg_column ids;
    int r;

    if (s->ids.count == 0)
        return 0;
    ids_of(b, s, &p, &ids);
    r = pg_exec(b->pg, &dispatch_load_cases, &p, &res);
    for (int i = 0; r == 0 && i < pg_rows(res); i++) {
        struct uuid id = pg_uuid(res, i, 0);

        read_case(b->arena, res, i, case_set_get(s, &id));
    }
    if (r == 0)
        r = load_files(b, s);
    return r < 0 ? r : load_orders(b, s);
}

int store_load_home_amounts(struct batch *b, struct case_set *s)
{
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    struct pg_column ord, homes, ids;
    struct pg_params p;
    int r;

    pg_column_init(&ord, b->arena, PG_INT4, s->ids.count);
    pg_column_init(&homes, b->arena, PG_TEXT, s->ids.count);
    pg_column_init(&ids, b->arena, PG_UUID, s->ids.count);
    for (size_t i = 0; i < s->ids.count; i++)
        if (s->rows[i].weigh && s->rows[i].state && *s->rows[i].state->home_key) {
            pg_column_int4(&ord, (int32_t)i);
            pg_column_text(&homes, s->rows[i].state->home_key);
            pg_column_uuid(&ids, &s->rows[i].id);
        }
    if (ord.count == 0)
        return 0;
    pg_params_init(&p, b->arena);
    pg_param_column(&p, &ord);
    pg_param_column(&p, &homes);
    pg_param_column(&p, &ids);
    r = pg_exec(b->pg, &dispatch_load_home_amounts, &p, &res);
    for (int i = 0; r == 0 && i < pg_rows(res); i++)
        s->rows[pg_int4(res, i, 0)].home_amount_fen = pg_int8(res, i, 1);
    return r;
}

/* ---- writing ---- */

static int run(struct batch *b, const struct pg_statement *statement, const struct pg_column *c, int count,
               int64_t *ret_rows)
{
    struct pg_params p;

    pg_params_columns(&p, b->arena, c, count);
    return ret_rows ? pg_exec_count(b->pg, statement, &p, ret_rows) : pg_exec(b->pg, statement, &p, NULL);
}

static int save_states(struct batch *b, const struct case_set *s)
{
    struct pg_column c[COLUMNS + 1];
    int64_t rows = 0;
    int r;

    for (int i = 0; i < COLUMNS; i++)
        pg_column_init(&c[i], b->arena, columns[i].type, s->ids.count);
    pg_column_init(&c[WAS], b->arena, PG_INT8, s->ids.count);
    for (size_t i = 0; i < s->ids.count; i++) {
        const struct case_row *row = &s->rows[i];

        if (!row->state || !row->state->changed)
            continue;
        for (int k = 0; k < COLUMNS; k++)
            write_field(b->arena, &c[k], k, row->state);
        pg_column_int8(&c[WAS], row->loaded_version);
    }
    if (c[0].count == 0)
        return 0;
    r = run(b, &dispatch_save_states, c, COLUMNS + 1, &rows);
    if (r == 0 && rows != c[0].count)
        return err_set(ERR_RETRY, "%u cases were to be saved and %lld were: another writer was at them", c[0].count,
                       (long long)rows);
    return r;
}

static int save_files(struct batch *b, const struct case_set *s)
{
    static const enum pg_type types[] = { PG_UUID, PG_TEXT, PG_BOOL, PG_INT4, PG_INT4, PG_INT8 };
    struct pg_column c[6];

    pg_columns_init(c, b->arena, types, 6, s->ids.count);
    for (size_t i = 0; i < s->ids.count; i++) {
        const struct case_state *k = s->rows[i].state;

        if (!k || !k->file_changed)
            continue;
        pg_column_uuid(&c[0], &k->id);
        pg_column_text(&c[1], k->category);
        pg_column_bool(&c[2], k->classified);
        pg_column_int4(&c[3], k->severity);
        pg_column_int4(&c[4], k->complexity);
        pg_column_int8(&c[5], k->amount_fen);
    }
    return c[0].count ? run(b, &dispatch_save_files, c, 6, NULL) : 0;
}

/* clang-format off */
enum order_column { O_ID, O_NUMBER, O_STATUS, O_PAID, O_QUOTE, O_APPROVED, O_TOTAL, O_TEAM, O_FROM, O_TO, O_QUALITY,
                    O_ATTITUDE, O_OPENED, O_DONE, O_FIRST, O_ITEMS, O_QUANTITIES, O_PRICES, O_AMOUNTS, O_LAST, ORDER_COLUMNS };

static const enum pg_type order_types[ORDER_COLUMNS] = {
    PG_UUID, PG_INT4, PG_INT4, PG_BOOL, PG_INT4, PG_INT4, PG_INT8, PG_TEXT, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_INT4,
    PG_INT4, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_INT4, PG_TEXT, PG_INT8, PG_INT8, PG_INT8, PG_INT4,
};
/* clang-format on */

static void time_or_null(struct pg_column *c, int64_t at_us)
{
    if (at_us)
        pg_column_time(c, at_us);
    else
        pg_column_null(c);
}

static void add_order(struct pg_column *c, const struct uuid *id, const struct work_order *o)
{
    pg_column_uuid(&c[O_ID], id);
    pg_column_int4(&c[O_NUMBER], o->number);
    pg_column_int4(&c[O_STATUS], (int32_t)o->status);
    pg_column_bool(&c[O_PAID], o->paid);
    pg_column_int4(&c[O_QUOTE], o->quote);
    pg_column_int4(&c[O_APPROVED], o->approved);
    pg_column_int8(&c[O_TOTAL], o->total_fen);
    pg_column_text(&c[O_TEAM], o->team);
    time_or_null(&c[O_FROM], o->from_us);
    time_or_null(&c[O_TO], o->to_us);
    pg_column_int4(&c[O_QUALITY], o->quality);
    pg_column_int4(&c[O_ATTITUDE], o->attitude);
    pg_column_time(&c[O_OPENED], o->opened_us);
    time_or_null(&c[O_DONE], o->done_us);
    pg_column_int4(&c[O_FIRST], (int32_t)c[O_ITEMS].count + 1);
    for (size_t i = 0; i < o->line_count; i++) {
        pg_column_text(&c[O_ITEMS], o->lines[i].item);
        pg_column_int8(&c[O_QUANTITIES], o->lines[i].quantity_milli);
        pg_column_int8(&c[O_PRICES], o->lines[i].unit_price_fen);
        pg_column_int8(&c[O_AMOUNTS], o->lines[i].amount_fen);
    }
    pg_column_int4(&c[O_LAST], (int32_t)c[O_ITEMS].count);
}

static int save_orders(struct batch *b, const struct case_set *s)
{
    struct pg_column c[ORDER_COLUMNS];

    pg_columns_init(c, b->arena, order_types, ORDER_COLUMNS, 16);
    for (size_t i = 0; i < s->ids.count; i++) {
        const struct case_state *k = s->rows[i].state;

        for (size_t n = 0; k && n < k->orders.count; n++)
            if (k->orders.items[n]->changed)
                add_order(c, &k->id, k->orders.items[n]);
    }
    return c[O_ID].count ? run(b, &dispatch_save_orders, c, ORDER_COLUMNS, NULL) : 0;
}

static int save_texts(struct batch *b, const struct case_texts *t)
{
    static const enum pg_type types[] = { PG_UUID, PG_INT8, PG_TEXT, PG_TEXT };
    struct pg_column c[4];

    pg_columns_init(c, b->arena, types, 4, t->count);
    for (size_t i = 0; i < t->count; i++) {
        pg_column_uuid(&c[0], &t->items[i].id);
        pg_column_int8(&c[1], t->items[i].version);
        pg_column_text(&c[2], t->items[i].field);
        pg_column_text(&c[3], t->items[i].text);
    }
    return t->count ? run(b, &dispatch_save_texts, c, 4, NULL) : 0;
}

int store_save_cases(struct batch *b, const struct case_set *s, const struct case_texts *texts)
{
    int r = save_states(b, s);

    if (r == 0)
        r = save_files(b, s);
    if (r == 0)
        r = save_orders(b, s);
    return r < 0 ? r : save_texts(b, texts);
}

/* ---- who may not have them ---- */

int store_any_unfit(struct batch *b, bool *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    int r = pg_exec(b->pg, &dispatch_unfit_staff, NULL, &res);

    *ret = r == 0 && pg_bool(res, 0, 0);
    return r;
}

int store_find_unfit(struct batch *b, const struct uuid *from, int64_t page, struct unfit_case **ret, size_t *ret_count,
                     size_t *ret_seen, struct uuid *ret_last)
{
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    struct pg_params p;
    int r;

    pg_params_init(&p, b->arena);
    pg_param_uuid(&p, from);
    pg_param_int8(&p, page);
    r = pg_exec(b->pg, &dispatch_unfit_cases, &p, &res);
    if (r < 0)
        return r;
    *ret_count = 0;
    *ret_seen = (size_t)pg_rows(res);
    *ret = arena_array(b->arena, struct unfit_case, *ret_seen + 1);
    for (int i = 0; i < pg_rows(res); i++) {
        *ret_last = pg_uuid(res, i, 0);
        if (pg_bool(res, i, 2))
            (*ret)[(*ret_count)++] = (struct unfit_case){ *ret_last, pg_text_copy(b->arena, res, i, 1) };
    }
    return 0;
}
