#include "store.h"

#include <endian.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/error.h"
#include "stored.h"
#include "watchdog_sql.h"

/* ---- the batch's complaints ---- */

void watched_set_init(struct watched_set *s, struct arena *a, size_t max)
{
    id_index_init(&s->ids, a, max);
    s->rows = arena_array(a, struct watched_case, max);
}

struct watched_case *watched_set_add(struct watched_set *s, const struct uuid *id)
{
    size_t known = s->ids.count, i = id_index_add(&s->ids, id);
    struct watched_case *row = &s->rows[i];

    if (i == known) {
        row->id = *id;
        row->tenant = row->number = row->clock_case.project = row->clock_case.category = "";
    }
    return row;
}

struct watched_case *watched_set_get(const struct watched_set *s, const struct uuid *id)
{
    size_t i = id_index_find(&s->ids, id);

    return i == ID_UNKNOWN ? NULL : &s->rows[i];
}

static void add_ids(struct pg_params *p, struct arena *a, const struct watched_set *s)
{
    struct pg_column *ids = arena_new(a, struct pg_column);

    pg_column_init(ids, a, PG_UUID, s->ids.count);
    for (size_t i = 0; i < s->ids.count; i++)
        pg_column_uuid(ids, &s->rows[i].id);
    pg_param_column(p, ids);
}

/* ---- values in the arena ---- */

static int64_t time_or(const struct pg_result *r, int row, int column, int64_t otherwise)
{
    return pg_is_null(r, row, column) ? otherwise : pg_time_us(r, row, column);
}

/* What array_send makes of an array without nulls: a header of five numbers, then each item behind its length. An empty
 * one has no dimension. Returns the items' place. */
static const unsigned char *array_items(const struct pg_result *r, int row, int column, size_t *ret_count)
{
    size_t len;
    const unsigned char *at = pg_bytes(r, row, column, &len);
    uint32_t count = 0;

    if (len >= 20)
        memcpy(&count, at + 12, 4);
    *ret_count = be32toh(count);
    return at + 20;
}

static void read_points(struct arena *a, const struct pg_result *r, int row, int column, struct case_clock *c)
{
    size_t percents;
    const unsigned char *point = array_items(r, row, column, &c->point_count);
    const unsigned char *percent = array_items(r, row, column + 1, &percents);

    if (percents < c->point_count)
        c->point_count = percents;
    c->points = arena_array(a, int64_t, c->point_count + 1);
    c->percents = arena_array(a, int16_t, c->point_count + 1);
    for (size_t i = 0; i < c->point_count; i++, point += 12, percent += 6) {
        uint64_t at;
        uint16_t of;

        memcpy(&at, point + 4, 8);
        memcpy(&of, percent + 4, 2);
        c->points[i] = (int64_t)be64toh(at) + PG_EPOCH_US;
        c->percents[i] = (int16_t)be16toh(of);
    }
}

/* ---- loading ---- */

static void read_case(struct arena *a, const struct pg_result *r, int i, struct watched_case *row)
{
    struct clock_case *c = &row->clock_case;
    const void *pauses;
    size_t len;

    row->tenant = pg_text_copy(a, r, i, 1);
    row->number = pg_text_copy(a, r, i, 2);
    c->project = pg_text_copy(a, r, i, 3);
    row->version = pg_int8(r, i, 4);
    c->category = pg_text_copy(a, r, i, 5);
    c->severity = (enum sla_severity)pg_int4(r, i, 6);
    c->complexity = (enum sla_complexity)pg_int4(r, i, 7);
    c->ended = pg_bool(r, i, 8);
    c->received_us = pg_time_us(r, i, 9);
    c->registered_us = pg_time_us(r, i, 10);
    pauses = pg_bytes(r, i, 11, &len);
    pauses_read(a, pauses, len, c);
    c->between_since_us = time_or(r, i, 12, 0);
    c->between_us = pg_int8(r, i, 13);
    c->bounces = pg_int4(r, i, 14);
}

int store_load_cases(struct batch *b, struct watched_set *s)
{
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    struct pg_params p;
    int r;

    pg_params_init(&p, b->arena);
    add_ids(&p, b->arena, s);
    r = pg_exec(b->pg, &watchdog_load_cases, &p, &res);
    for (int i = 0; r == 0 && i < pg_rows(res); i++) {
        struct uuid id = pg_uuid(res, i, 0);

        read_case(b->arena, res, i, watched_set_add(s, &id));
    }
    return r;
}

static void read_clock(struct arena *a, const struct pg_result *r, int i, struct case_clock *c)
{
    c->policy = pg_text_copy(a, r, i, 1);
    c->name = pg_text_copy(a, r, i, 2);
    c->cycle = pg_int4(r, i, 3);
    c->policy_version = pg_int4(r, i, 4);
    c->state = (enum clock_state)pg_int4(r, i, 5);
    c->start_event = (enum sla_event)pg_int4(r, i, 6);
    c->provisional = pg_bool(r, i, 7);
    c->fired = (size_t)pg_int4(r, i, 8);
    c->started_us = pg_time_us(r, i, 9);
    c->due_us = time_or(r, i, 10, CLOCK_NEVER);
    c->agreed_us = time_or(r, i, 11, 0);
    c->ended_us = time_or(r, i, 12, 0);
    c->work_order = pg_int4(r, i, 15);
    c->step = pg_text_copy(a, r, i, 16);
    read_points(a, r, i, 13, c);
}

int store_load_clocks(struct batch *b, struct watched_set *s)
{
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    struct case_clock *clocks;
    struct pg_params p;
    int r;

    pg_params_init(&p, b->arena);
    add_ids(&p, b->arena, s);
    r = pg_exec(b->pg, &watchdog_load_clocks, &p, &res);
    if (r < 0)
        return r;
    clocks = arena_array(b->arena, struct case_clock, (size_t)pg_rows(res) + 1);
    for (int i = 0; i < pg_rows(res); i++) {
        struct uuid id = pg_uuid(res, i, 0);
        struct case_clocks *list = &watched_set_get(s, &id)->clock_case.clocks;

        read_clock(b->arena, res, i, &clocks[i]);
        list->items = arena_room(b->arena, list->items, list->count, &list->cap, sizeof(*list->items), 16);
        list->items[list->count++] = &clocks[i];
    }
    return 0;
}

/* ---- saving ---- */

static void time_or_null(struct pg_column *c, int64_t at_us, int64_t none)
{
    if (at_us == none)
        pg_column_null(c);
    else
        pg_column_time(c, at_us);
}

static int run_columns(struct batch *b, const struct pg_statement *statement, struct pg_column *c, int count)
{
    struct pg_params p;

    pg_params_columns(&p, b->arena, c, count);
    return pg_exec(b->pg, statement, &p, NULL);
}

static void add_case(struct arena *a, struct pg_column *c, const struct watched_case *row)
{
    const struct clock_case *k = &row->clock_case;

    pg_column_uuid(&c[0], &row->id);
    pg_column_text(&c[1], row->tenant);
    pg_column_text(&c[2], row->number);
    pg_column_text(&c[3], k->project);
    pg_column_int8(&c[4], row->version);
    pg_column_text(&c[5], k->category);
    pg_column_int2(&c[6], (int16_t)k->severity);
    pg_column_int2(&c[7], (int16_t)k->complexity);
    pg_column_bool(&c[8], k->ended);
    pg_column_time(&c[9], k->received_us);
    pg_column_time(&c[10], k->registered_us);
    pg_column_bytes(&c[11], pauses_write(a, k), k->pause_count * PAUSE_BYTES);
    time_or_null(&c[12], k->between_since_us, 0);
    pg_column_int8(&c[13], k->between_us);
    pg_column_int4(&c[14], k->bounces);
}

static int save_cases(struct batch *b, const struct watched_set *s)
{
    static const enum pg_type types[] = { PG_UUID,        PG_TEXT,  PG_TEXT,        PG_TEXT, PG_INT8,
                                          PG_TEXT,        PG_INT2,  PG_INT2,        PG_BOOL, PG_TIMESTAMPTZ,
                                          PG_TIMESTAMPTZ, PG_BYTEA, PG_TIMESTAMPTZ, PG_INT8, PG_INT4 };
    struct pg_column c[15];

    pg_columns_init(c, b->arena, types, 15, s->ids.count);
    for (size_t i = 0; i < s->ids.count; i++)
        if (s->rows[i].changed)
            add_case(b->arena, c, &s->rows[i]);
    return c[0].count ? run_columns(b, &watchdog_save_cases, c, 15) : 0;
}

static void add_clock(struct pg_column *c, const struct uuid *id, const struct case_clock *k)
{
    const int64_t *next = case_clock_next(k);

    pg_column_uuid(&c[0], id);
    pg_column_text(&c[1], k->policy);
    pg_column_text(&c[2], k->name);
    pg_column_int4(&c[3], k->cycle);
    pg_column_int4(&c[4], k->policy_version);
    pg_column_int2(&c[5], (int16_t)k->state);
    pg_column_int2(&c[6], (int16_t)k->start_event);
    pg_column_bool(&c[7], k->provisional);
    pg_column_int2(&c[8], (int16_t)k->fired);
    pg_column_time(&c[9], k->started_us);
    time_or_null(&c[10], k->due_us, CLOCK_NEVER);
    time_or_null(&c[11], next ? *next : 0, 0);
    time_or_null(&c[12], k->agreed_us, 0);
    time_or_null(&c[13], k->ended_us, 0);
    pg_column_int4(&c[16], (int32_t)c[14].count + 1);
    for (size_t i = 0; i < k->point_count; i++) {
        pg_column_time(&c[14], k->points[i]);
        pg_column_int2(&c[15], k->percents[i]);
    }
    pg_column_int4(&c[17], (int32_t)c[14].count);
    pg_column_int4(&c[18], k->work_order);
    pg_column_text(&c[19], k->step);
}

static int save_clocks(struct batch *b, const struct watched_set *s)
{
    static const enum pg_type types[] = { PG_UUID,        PG_TEXT,        PG_TEXT,        PG_INT4,
                                          PG_INT4,        PG_INT2,        PG_INT2,        PG_BOOL,
                                          PG_INT2,        PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ,
                                          PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ, PG_INT2,
                                          PG_INT4,        PG_INT4,        PG_INT4,        PG_TEXT };
    struct pg_column c[20];

    pg_columns_init(c, b->arena, types, 20, s->ids.count * 2);
    for (size_t i = 0; i < s->ids.count; i++) {
        const struct case_clocks *list = &s->rows[i].clock_case.clocks;

        for (size_t k = 0; k < list->count; k++)
            if (list->items[k]->changed)
                add_clock(c, &s->rows[i].id, list->items[k]);
    }
    return c[0].count ? run_columns(b, &watchdog_save_clocks, c, 20) : 0;
}

int store_save(struct batch *b, const struct watched_set *s)
{
    int r = save_cases(b, s);

    return r < 0 ? r : save_clocks(b, s);
}

/* ---- firing ---- */

/* Of whom it is: what the terms of its clocks depend on. NULL for a canary. */
static const struct watched_case *read_whose(struct arena *a, const struct pg_result *r, int i, const struct uuid *id)
{
    struct watched_case *row;

    if (pg_is_null(r, i, 14))
        return NULL;
    row = arena_new(a, struct watched_case);
    row->id = *id;
    row->tenant = pg_text_copy(a, r, i, 14);
    row->number = pg_text_copy(a, r, i, 15);
    row->clock_case.project = pg_text_copy(a, r, i, 16);
    row->clock_case.category = pg_text_copy(a, r, i, 17);
    row->clock_case.severity = (enum sla_severity)pg_int4(r, i, 18);
    row->clock_case.complexity = (enum sla_complexity)pg_int4(r, i, 19);
    return row;
}

int store_take_due(struct batch *b, int64_t from_us, int64_t limit, struct fired_clock **ret, size_t *ret_count,
                   int64_t *ret_until_us)
{
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    struct fired_clock *fired;
    struct pg_params p;
    int r;

    pg_params_init(&p, b->arena);
    pg_param_time(&p, from_us);
    pg_param_int8(&p, limit);
    r = pg_exec(b->pg, &watchdog_fire, &p, &res);
    if (r < 0)
        return r;
    *ret_count = (size_t)pg_rows(res);
    *ret = fired = arena_array(b->arena, struct fired_clock, *ret_count + 1);
    for (int i = 0; i < pg_rows(res); i++) {
        struct case_clock *c = &fired[i].clock;

        fired[i].complaint = pg_uuid(res, i, 0);
        c->policy = pg_text_copy(b->arena, res, i, 1);
        c->name = pg_text_copy(b->arena, res, i, 2);
        c->cycle = pg_int4(res, i, 3);
        c->policy_version = pg_int4(res, i, 4);
        c->start_event = (enum sla_event)pg_int4(res, i, 5);
        c->state = CLOCK_RUNNING;
        c->provisional = pg_bool(res, i, 6);
        fired[i].told_before = (size_t)pg_int4(res, i, 7);
        c->fired = (size_t)pg_int4(res, i, 8);
        c->started_us = pg_time_us(res, i, 9);
        c->due_us = time_or(res, i, 10, CLOCK_NEVER);
        read_points(b->arena, res, i, 11, c);
        *ret_until_us = pg_time_us(res, i, 13);
        c->work_order = pg_int4(res, i, 20);
        c->step = pg_text_copy(b->arena, res, i, 21);
        fired[i].row = read_whose(b->arena, res, i, &fired[i].complaint);
    }
    return 0;
}

/* ---- canaries ---- */

int store_make_canary(struct batch *b, const char *tenant, const char *instance, int64_t first_us)
{
    struct uuid id = uuid_new(b->now_us);
    struct pg_params p;

    pg_params_init(&p, b->arena);
    pg_param_uuid(&p, &id);
    pg_param_text(&p, tenant);
    pg_param_text(&p, instance);
    pg_param_time(&p, first_us);
    return pg_exec(b->pg, &watchdog_make_canary, &p, NULL);
}

int store_arm_canaries(struct batch *b, const struct fired_clock *fired, size_t count, int64_t next_us)
{
    struct pg_column ids;
    struct pg_params p;

    pg_column_init(&ids, b->arena, PG_UUID, 8);
    for (size_t i = 0; i < count; i++)
        if (!fired[i].clock.policy[0])
            pg_column_uuid(&ids, &fired[i].complaint);
    if (ids.count == 0)
        return 0;
    pg_params_init(&p, b->arena);
    pg_param_column(&p, &ids);
    pg_param_time(&p, next_us);
    return pg_exec(b->pg, &watchdog_arm_canaries, &p, NULL);
}

int store_canary_overdue(struct batch *b, const char *instance, int64_t *ret_us)
{
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    struct pg_params p;
    int r;

    pg_params_init(&p, b->arena);
    pg_param_text(&p, instance);
    r = pg_exec(b->pg, &watchdog_canary_overdue, &p, &res);
    *ret_us = r == 0 ? pg_int8(res, 0, 0) : 0;
    return r;
}

/* ---- working out again ---- */

int store_take_recompute(struct batch *b, struct recompute_job *ret, bool *ret_found)
{
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    int r = pg_exec(b->pg, &watchdog_take_recompute, NULL, &res);

    *ret_found = r == 0 && pg_rows(res) > 0;
    if (*ret_found)
        *ret = (struct recompute_job){ .id = pg_int8(res, 0, 0),
                                       .tenant = pg_text_copy(b->arena, res, 0, 1),
                                       .policy = pg_text_copy(b->arena, res, 0, 2),
                                       .version = pg_int4(res, 0, 3),
                                       .reason = pg_text_copy(b->arena, res, 0, 4),
                                       .done_until = pg_uuid(res, 0, 5) };
    return r;
}

int store_next_cases(struct batch *b, const struct recompute_job *j, int64_t limit, struct watched_set *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    struct pg_params p;
    int r;

    watched_set_init(ret, b->arena, (size_t)limit);
    pg_params_init(&p, b->arena);
    pg_param_text(&p, j->tenant);
    pg_param_uuid(&p, &j->done_until);
    pg_param_text(&p, j->policy);
    pg_param_int8(&p, limit);
    r = pg_exec(b->pg, &watchdog_next_cases, &p, &res);
    for (int i = 0; r == 0 && i < pg_rows(res); i++) {
        struct uuid id = pg_uuid(res, i, 0);

        read_case(b->arena, res, i, watched_set_add(ret, &id));
    }
    return r < 0 || ret->ids.count == 0 ? r : store_load_clocks(b, ret);
}

int store_recompute_done(struct batch *b, const struct recompute_job *j, const struct uuid *until)
{
    struct pg_params p;

    pg_params_init(&p, b->arena);
    pg_param_int8(&p, j->id);
    if (until)
        pg_param_uuid(&p, until);
    return pg_exec(b->pg, until ? &watchdog_recompute_move : &watchdog_recompute_end, &p, NULL);
}
