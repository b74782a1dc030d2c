#include "store.h"

#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/error.h"
#include "dispatch_sql.h"

/* ---- the batch's complaints ---- */

void case_set_init(struct case_set *s, struct arena *a, size_t max)
{
    id_index_init(&s->ids, a, max);
    s->rows = arena_array(a, struct case_row, max);
}

struct case_row *case_set_add(struct case_set *s, const struct uuid *id)
{
    struct case_row *row = &s->rows[id_index_add(&s->ids, id)];

    row->id = *id;
    return row;
}

struct case_row *case_set_get(const struct case_set *s, const struct uuid *id)
{
    size_t i = id_index_find(&s->ids, id);

    return i == ID_UNKNOWN ? NULL : &s->rows[i];
}

/* ---- loading ---- */

int store_load_versions(struct batch *b, struct case_set *s)
{
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    struct pg_params p;
    struct pg_column ids;
    int r;

    pg_column_init(&ids, b->arena, PG_UUID, s->ids.count);
    for (size_t i = 0; i < s->ids.count; i++)
        pg_column_uuid(&ids, &s->rows[i].id);
    pg_params_init(&p, b->arena);
    pg_param_column(&p, &ids);
    r = pg_exec(b->pg, &dispatch_load_versions, &p, &res);
    for (int i = 0; r == 0 && i < pg_rows(res); i++) {
        struct uuid id = pg_uuid(res, i, 0);
        struct case_row *row = case_set_get(s, &id);

        if (row)
            row->version = pg_int8(res, i, 1);
    }
    return r;
}

static struct str bytes_of(const struct pg_result *res, int row, int column)
{
    struct str s;

    s.data = pg_bytes(res, row, column, &s.len);
    return s;
}

int store_load_texts(struct batch *b, struct case_set *s, struct pg_result **ret_result)
{
    struct pg_params p;
    struct pg_column ids;
    int r;

    pg_column_init(&ids, b->arena, PG_UUID, s->ids.count);
    for (size_t i = 0; i < s->ids.count; i++)
        if (s->rows[i].wants_texts)
            pg_column_uuid(&ids, &s->rows[i].id);
    if (ids.count == 0)
        return 0;
    pg_params_init(&p, b->arena);
    pg_param_column(&p, &ids);
    r = pg_exec(b->pg, &dispatch_load_texts, &p, ret_result);
    for (int i = 0; r == 0 && i < pg_rows(*ret_result); i++) {
        struct uuid id = pg_uuid(*ret_result, i, 0);
        struct case_row *row = case_set_get(s, &id);

        if (!row)
            continue;
        row->has_texts = true;
        row->texts.description = bytes_of(*ret_result, i, 1);
        row->texts.goods_or_service = bytes_of(*ret_result, i, 2);
        row->texts.demand = bytes_of(*ret_result, i, 3);
    }
    return r;
}

static struct tenant_load *load_of(struct tenant_load *loads, size_t count, const char *tenant)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(loads[i].tenant->id, tenant) == 0)
            return &loads[i];
    return NULL;
}

int store_load_workload(struct batch *b, struct tenant_load *loads, size_t count)
{
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    struct pg_params p;
    struct pg_column ids;
    int r;

    pg_column_init(&ids, b->arena, PG_TEXT, count);
    for (size_t i = 0; i < count; i++) {
        pg_column_text(&ids, loads[i].tenant->id);
        loads[i].load = arena_array(b->arena, struct workload, loads[i].tenant->staff_count + 1);
    }
    pg_params_init(&p, b->arena);
    pg_param_column(&p, &ids);
    r = pg_exec(b->pg, &dispatch_load_workload, &p, &res);
    for (int i = 0; r == 0 && i < pg_rows(res); i++) {
        struct tenant_load *l = load_of(loads, count, pg_text(res, i, 0));
        int staff = l ? tenant_staff(l->tenant, pg_text(res, i, 1)) : -1;

        if (staff >= 0) {
            l->load[staff].open = pg_int8(res, i, 2);
            l->load[staff].given_us = pg_time_us(res, i, 3);
        }
    }
    return r;
}

/* ---- writing ---- */

int store_add_workload(struct batch *b, const struct tenant_load *loads, size_t count)
{
    struct pg_column tenants, staff, added, given;
    struct pg_params p;

    pg_column_init(&tenants, b->arena, PG_TEXT, 64);
    pg_column_init(&staff, b->arena, PG_TEXT, 64);
    pg_column_init(&added, b->arena, PG_INT8, 64);
    pg_column_init(&given, b->arena, PG_TIMESTAMPTZ, 64);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; loads[i].load && k < loads[i].tenant->staff_count; k++) {
            const struct workload *w = &loads[i].load[k];

            if (w->added == 0)
                continue;
            pg_column_text(&tenants, loads[i].tenant->id);
            pg_column_text(&staff, loads[i].tenant->staff[k].id);
            pg_column_int8(&added, w->added);
            pg_column_time(&given, w->given_us);
        }
    if (added.count == 0)
        return 0;
    pg_params_init(&p, b->arena);
    pg_param_column(&p, &tenants);
    pg_param_column(&p, &staff);
    pg_param_column(&p, &added);
    pg_param_column(&p, &given);
    return pg_exec(b->pg, &dispatch_add_workload, &p, NULL);
}

/* clang-format off */
enum file_column {
    F_ID, F_TENANT, F_NUMBER, F_PROJECT, F_BUILDING, F_SOURCE, F_CHANNEL, F_KIND, F_COMPLAINANT, F_HOME, F_RECEIVED,
    F_REGISTERED, F_AMOUNT, F_DUPLICATE, F_CATEGORY, F_CATEGORY_SOURCE, F_CONFIDENCE, F_SEVERITY, F_COMPLEXITY,
    FILE_COLUMNS
};

static const enum pg_type file_types[FILE_COLUMNS] = {
    PG_UUID, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_INT2, PG_INT2, PG_TEXT, PG_TEXT, PG_TIMESTAMPTZ,
    PG_TIMESTAMPTZ, PG_INT8, PG_TEXT, PG_TEXT, PG_INT2, PG_INT2, PG_INT2, PG_INT2,
};
/* clang-format on */

static void add_file(struct pg_column *c, const struct new_case *n)
{
    const Redress__V1__Registered *reg = n->event->registered;
    const struct case_state *k = n->state;

    pg_column_uuid(&c[F_ID], &k->id);
    pg_column_text(&c[F_TENANT], k->tenant);
    pg_column_text(&c[F_NUMBER], k->number);
    pg_column_text(&c[F_PROJECT], k->project);
    pg_column_text(&c[F_BUILDING], k->building);
    pg_column_text(&c[F_SOURCE], reg->source);
    pg_column_int2(&c[F_CHANNEL], (int16_t)reg->channel);
    pg_column_int2(&c[F_KIND], (int16_t)reg->complainant_kind);
    pg_column_text(&c[F_COMPLAINANT], k->complainant_key);
    pg_column_text(&c[F_HOME], k->home_key);
    pg_column_time(&c[F_RECEIVED], k->received_us);
    pg_column_time(&c[F_REGISTERED], k->registered_us);
    if (reg->amount_fen)
        pg_column_int8(&c[F_AMOUNT], reg->amount_fen->value);
    else
        pg_column_null(&c[F_AMOUNT]);
    pg_column_text(&c[F_DUPLICATE], reg->likely_duplicate_of_id);
    pg_column_text(&c[F_CATEGORY], k->category);
    pg_column_int2(&c[F_CATEGORY_SOURCE], (int16_t)n->decision.assigned.category_source);
    pg_column_int2(&c[F_CONFIDENCE], (int16_t)n->decision.assigned.category_confidence);
    pg_column_int2(&c[F_SEVERITY], (int16_t)k->severity);
    pg_column_int2(&c[F_COMPLEXITY], (int16_t)k->complexity);
}

/* clang-format off */
enum state_column { S_ID, S_TENANT, S_STATUS, S_DEPARTMENT, S_ASSIGNEE, S_ROLE, S_VERSION, S_HEAD, S_FACTS, S_LEVEL,
                    STATE_COLUMNS };

static const enum pg_type state_types[STATE_COLUMNS] = {
    PG_UUID, PG_TEXT, PG_INT2, PG_TEXT, PG_TEXT, PG_INT2, PG_INT8, PG_BYTEA, PG_INT4, PG_INT4,
};
/* clang-format on */

static void add_state(struct pg_column *c, const struct new_case *n)
{
    const struct case_state *k = n->state;

    pg_column_uuid(&c[S_ID], &k->id);
    pg_column_text(&c[S_TENANT], k->tenant);
    pg_column_int2(&c[S_STATUS], (int16_t)k->status);
    pg_column_text(&c[S_DEPARTMENT], k->department);
    pg_column_text(&c[S_ASSIGNEE], k->assignee);
    pg_column_int2(&c[S_ROLE], (int16_t)k->assignee_role);
    pg_column_int8(&c[S_VERSION], k->version);
    pg_column_bytes(&c[S_HEAD], k->head, sizeof(k->head));
    pg_column_int4(&c[S_FACTS], (int32_t)k->facts);
    pg_column_int4(&c[S_LEVEL], k->level);
}

static int insert(struct batch *b, const struct pg_statement *statement, const enum pg_type *types, int columns,
                  void (*add)(struct pg_column *, const struct new_case *), const struct new_case *cases, size_t count)
{
    struct pg_column *c = arena_array(b->arena, struct pg_column, (size_t)columns);
    struct pg_params p;

    pg_columns_init(c, b->arena, types, columns, count);
    for (size_t i = 0; i < count; i++)
        add(c, &cases[i]);
    pg_params_columns(&p, b->arena, c, columns);
    return pg_exec(b->pg, statement, &p, NULL);
}

/* One look for all: a case's place in the list comes back with what was found. */
int store_find_earlier(struct batch *b, struct new_case *cases, size_t count, const struct tenant_load *loads,
                       size_t load_count)
{
    static const enum pg_type types[] = { PG_INT4, PG_TEXT, PG_TEXT, PG_INT4 };
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    struct pg_column c[4];
    struct pg_params p;
    int r;

    pg_columns_init(c, b->arena, types, 4, count);
    for (size_t i = 0; i < count; i++) {
        const struct case_state *k = cases[i].state;
        const struct tenant_load *l = load_of((struct tenant_load *)(uintptr_t)loads, load_count, k->tenant);

        if (!*k->home_key || !*k->category)
            continue;
        pg_column_int4(&c[0], (int32_t)i);
        pg_column_text(&c[1], k->home_key);
        pg_column_text(&c[2], k->category);
        pg_column_int4(&c[3], l->tenant->handling.recurrence_days);
    }
    if (c[0].count == 0)
        return 0;
    pg_params_columns(&p, b->arena, c, 4);
    r = pg_exec(b->pg, &dispatch_find_earlier, &p, &res);
    for (int i = 0; r == 0 && i < pg_rows(res); i++) {
        struct new_case *n = &cases[pg_int4(res, i, 0)];

        n->earlier = pg_uuid(res, i, 1);
        n->earlier_number = pg_text_copy(b->arena, res, i, 2);
        n->earlier_count = (int)pg_int8(res, i, 3);
    }
    return r;
}

int store_insert_cases(struct batch *b, const struct new_case *cases, size_t count)
{
    int r;

    if (count == 0)
        return 0;
    r = insert(b, &dispatch_insert_case_files, file_types, FILE_COLUMNS, add_file, cases, count);
    return r < 0 ? r : insert(b, &dispatch_insert_case_states, state_types, STATE_COLUMNS, add_state, cases, count);
}
