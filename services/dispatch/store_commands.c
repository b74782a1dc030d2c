/* What acts on cases: commands that were answered, the cases that they name, points that wait for their case. */
#include <string.h>

#include "common/base/error.h"
#include "common/event/unpack.h"
#include "dispatch_sql.h"
#include "redress/v1/sla_event.pb-c.h"
#include "store.h"

int store_find_cases(struct batch *b, struct named_case **items, size_t count)
{
    static const enum pg_type types[] = { PG_INT4, PG_TEXT, PG_TEXT };
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    struct pg_column c[3];
    struct pg_params p;
    int r;

    if (count == 0)
        return 0;
    pg_columns_init(c, b->arena, types, 3, count);
    for (size_t i = 0; i < count; i++) {
        pg_column_int4(&c[0], (int32_t)i);
        pg_column_text(&c[1], items[i]->tenant);
        pg_column_text(&c[2], items[i]->number);
    }
    pg_params_columns(&p, b->arena, c, 3);
    r = pg_exec(b->pg, &dispatch_find_cases, &p, &res);
    for (int i = 0; r == 0 && i < pg_rows(res); i++)
        items[pg_int4(res, i, 0)]->id = pg_uuid(res, i, 1);
    return r;
}

int store_find_commands(struct batch *b, struct answered **items, size_t count)
{
    static const enum pg_type types[] = { PG_INT4, PG_TEXT, PG_TEXT, PG_TEXT };
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    struct pg_column c[4];
    struct pg_params p;
    int r;

    if (count == 0)
        return 0;
    pg_columns_init(c, b->arena, types, 4, count);
    for (size_t i = 0; i < count; i++) {
        pg_column_int4(&c[0], (int32_t)i);
        pg_column_text(&c[1], items[i]->command_id);
        pg_column_text(&c[2], items[i]->source);
        pg_column_text(&c[3], items[i]->tenant);
    }
    pg_params_columns(&p, b->arena, c, 4);
    r = pg_exec(b->pg, &dispatch_find_commands, &p, &res);
    for (int i = 0; r == 0 && i < pg_rows(res); i++) {
        struct answered *a = items[pg_int4(res, i, 0)];
        size_t len;
        const void *digest = pg_bytes(res, i, 1, &len);

        a->known = true;
        memcpy(a->digest, digest, len < SHA256_BYTES ? len : SHA256_BYTES);
        a->complaint = pg_uuid(res, i, 2);
        a->version = pg_int8(res, i, 3);
        if (!pg_is_null(res, i, 4)) {
            const void *refusal = pg_bytes(res, i, 4, &a->refusal_len);

            a->refusal = arena_memdup(b->arena, refusal, a->refusal_len);
        }
    }
    return r;
}

int store_save_commands(struct batch *b, struct answered *const *items, size_t count)
{
    static const enum pg_type types[] = { PG_TEXT, PG_TEXT, PG_TEXT, PG_BYTEA, PG_UUID, PG_INT8, PG_BYTEA };
    struct pg_column c[7];
    struct pg_params p;
    int r;

    if (count == 0)
        return 0;
    pg_columns_init(c, b->arena, types, 7, count);
    for (size_t i = 0; i < count; i++) {
        pg_column_text(&c[0], items[i]->command_id);
        pg_column_text(&c[1], items[i]->source);
        pg_column_text(&c[2], items[i]->tenant);
        pg_column_bytes(&c[3], items[i]->digest, SHA256_BYTES);
        pg_column_uuid(&c[4], &items[i]->complaint);
        pg_column_int8(&c[5], items[i]->version);
        pg_column_bytes(&c[6], items[i]->refusal, items[i]->refusal_len);
    }
    pg_params_columns(&p, b->arena, c, 7);
    r = pg_exec(b->pg, &dispatch_save_commands, &p, NULL);
    if (r == ERR_POISON && pg_failed_duplicate(b->pg)) /* store_find_commands did not find it */
        return err_set(ERR_RETRY, "another instance has answered a command of this batch meanwhile");
    return r;
}

/* The session's plans know keys only (handlers.c). A BRIN index gives nothing but bitmaps: without them all of the
 * table would be read, every hour. The plan is made here, at the first call of each connection. */
int store_purge_commands(struct batch *b, int64_t days, int64_t limit, int64_t *ret_rows)
{
    struct pg_params p;
    int r = pg_script(b->pg, "SET LOCAL enable_bitmapscan = on");

    if (r < 0)
        return r;
    pg_params_init(&p, b->arena);
    pg_param_int8(&p, days);
    pg_param_int8(&p, limit);
    return pg_exec_count(b->pg, &dispatch_purge_commands, &p, ret_rows);
}

/* ---- points that wait ---- */

int store_park_points(struct batch *b, const struct parked_point *points, size_t count)
{
    static const enum pg_type types[] = { PG_UUID, PG_BYTEA };
    struct pg_column c[2];
    struct pg_params p;

    if (count == 0)
        return 0;
    pg_columns_init(c, b->arena, types, 2, count);
    for (size_t i = 0; i < count; i++) {
        size_t len;
        const void *packed = event_pack(b->arena, points[i].message, &len);

        pg_column_uuid(&c[0], &points[i].complaint);
        pg_column_bytes(&c[1], packed, len);
    }
    pg_params_columns(&p, b->arena, c, 2);
    return pg_exec(b->pg, &dispatch_park_points, &p, NULL);
}

int store_take_points(struct batch *b, int64_t limit, ProtobufCMessage ***ret, size_t *ret_count)
{
    _cleanup_(pg_result_freep) struct pg_result *res = NULL;
    struct field_problem problem = { "", "", "" };
    struct pg_params p;
    int r;

    pg_params_init(&p, b->arena);
    pg_param_int8(&p, limit);
    r = pg_exec(b->pg, &dispatch_take_points, &p, &res);
    if (r < 0)
        return r;
    *ret_count = 0;
    *ret = arena_array(b->arena, ProtobufCMessage *, (size_t)pg_rows(res) + 1);
    for (int i = 0; r == 0 && i < pg_rows(res); i++) {
        size_t len;
        const void *packed = pg_bytes(res, i, 0, &len);

        r = event_unpack(b->arena, &redress__v1__sla_event__descriptor, packed, len, &(*ret)[(*ret_count)++], &problem);
    }
    return r > 0 ? err_set(ERR_FATAL, "early_point holds what is no SlaEvent: %s", problem.message) : r;
}

int store_purge_points(struct batch *b, int64_t *ret_rows)
{
    return pg_exec_count(b->pg, &dispatch_purge_points, NULL, ret_rows);
}
