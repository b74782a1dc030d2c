#include "store_retold.h"

#include "common/base/cleanup.h"
#include "common/runtime/daemon.h"
#include "notification_sql.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

int retold_store_find(struct pg_conn *pg, struct arena *a, const char *epoch, struct retold_epoch *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct pg_params p;
    int r;

    pg_params_init(&p, a);
    pg_param_text(&p, epoch);
    r = pg_exec(pg, &notification_find_epoch_read, &p, &rows);
    if (r < 0)
        return r;
    *ret = (struct retold_epoch){ .read = pg_bool(rows, 0, 0),
                                  .anything = pg_bool(rows, 0, 2),
                                  .any_before = !pg_is_null(rows, 0, 1) };
    if (ret->any_before)
        ret->before_us = pg_time_us(rows, 0, 1);
    return 0;
}

static int ask(struct pg_conn *pg, const struct pg_statement *s)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    int r = pg_exec(pg, s, NULL, &rows);

    return r < 0 ? r : pg_bool(rows, 0, 0);
}

int retold_store_lock(struct pg_conn *pg)
{
    return ask(pg, &notification_lock_epoch_read);
}

int retold_store_unlock(struct pg_conn *pg)
{
    return ask(pg, &notification_unlock_epoch_read);
}

int retold_store_save(struct batch *b, const struct retold *items, size_t count)
{
    static const enum pg_type types[] = { PG_UUID, PG_TEXT, PG_UUID, PG_TEXT, PG_TEXT, PG_INT2,
                                          PG_TEXT, PG_INT2, PG_TEXT, PG_INT2, PG_INT8, PG_INT4 };
    struct pg_column c[COUNT(types)];
    struct pg_params p;

    if (count == 0)
        return 0;
    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        const struct message *m = &items[i].message;

        pg_column_uuid(&c[0], &m->id);
        pg_column_text(&c[1], m->tenant);
        pg_column_uuid(&c[2], uuid_is_nil(&m->complaint) ? NULL : &m->complaint);
        pg_column_text(&c[3], m->number);
        pg_column_text(&c[4], m->event);
        pg_column_int2(&c[5], (int16_t)m->audience);
        pg_column_text(&c[6], m->recipient);
        pg_column_int2(&c[7], (int16_t)m->channel);
        pg_column_text(&c[8], m->gateway);
        pg_column_int2(&c[9], (int16_t)m->state);
        pg_column_int8(&c[10], items[i].position.batch);
        pg_column_int4(&c[11], items[i].position.ord);
    }
    pg_params_columns(&p, b->arena, c, COUNT(types));
    return pg_exec(b->pg, &notification_save_told_before, &p, NULL);
}

int retold_store_save_epoch(struct batch *b)
{
    struct pg_params p;

    pg_params_init(&p, b->arena);
    pg_param_text(&p, daemon_epoch(b->daemon));
    return pg_exec(b->pg, &notification_save_epoch_read, &p, NULL);
}

int retold_store_candidates(struct pg_conn *pg, struct arena *a, struct uuid **ret, size_t *ret_count)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    int r = pg_exec(pg, &notification_find_retold, NULL, &rows);

    if (r < 0)
        return r;
    *ret = arena_array(a, struct uuid, (size_t)pg_rows(rows) + 1);
    for (int i = 0; i < pg_rows(rows); i++)
        (*ret)[i] = pg_uuid(rows, i, 0);
    *ret_count = (size_t)pg_rows(rows);
    return 0;
}

static void mark(const struct pg_result *rows, const struct uuid *ids, size_t count, bool *told)
{
    struct uuid id;
    size_t at = 0;

    for (int row = 0; row < pg_rows(rows); row++) {
        id = pg_uuid(rows, row, 0);
        for (size_t tried = 0; tried < count; tried++, at = (at + 1) % count)
            if (uuid_eq(&ids[at], &id)) {
                told[at] = true;
                break;
            }
    }
}

int retold_store_recognise(struct batch *b, const struct uuid *ids, size_t count, bool digests, bool *told,
                           size_t *ret_count)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct pg_params p;
    int r;

    *ret_count = 0;
    if (count == 0)
        return 0;
    pg_params_uuids(&p, b->arena, ids, count);
    pg_param_bool(&p, digests);
    r = pg_exec(b->pg, &notification_recognise_messages, &p, &rows);
    if (r < 0)
        return r;
    *ret_count = (size_t)pg_rows(rows);
    if (told)
        mark(rows, ids, count, told);
    return 0;
}
