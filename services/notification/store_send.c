#include "store_send.h"

#include <string.h>

#include "common/base/cleanup.h"
#include "notice_facts.h"
#include "notification_sql.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The columns of select_queue.sql behind those of a message, and of take_unknown.sql, which has two more. */
enum { ADDRESS = NOTICE_MESSAGE_COLUMNS, CONTACT, PHONE, EMAIL, REQUEST_ID, STARTED };

static const void *bytes_at(struct arena *a, const struct pg_result *r, int row, int column, size_t *ret_len)
{
    const void *bytes = pg_bytes(r, row, column, ret_len);

    return pg_is_null(r, row, column) ? NULL : arena_memdup(a, bytes, *ret_len);
}

static void read_queued(struct arena *a, const struct pg_result *r, int row, struct queued *q)
{
    notice_store_read_message(a, r, row, &q->message);
    q->address = bytes_at(a, r, row, ADDRESS, &q->address_len);
    q->contact = bytes_at(a, r, row, CONTACT, &q->contact_len);
    q->phone = bytes_at(a, r, row, PHONE, &q->phone_len);
    q->email = bytes_at(a, r, row, EMAIL, &q->email_len);
}

static const void *copied(struct arena *a, const void *data, size_t len)
{
    return data ? arena_memdup(a, data, len) : NULL;
}

void queued_copy(struct arena *a, const struct queued *from, struct queued *to)
{
    const char **const texts[] = { &to->message.tenant,    &to->message.number,   &to->message.event,
                                   &to->message.recipient, &to->message.template, &to->message.locale,
                                   &to->message.facts,     &to->message.gateway,  &to->message.cause,
                                   &to->message.code };

    *to = *from;
    for (size_t i = 0; i < COUNT(texts); i++)
        *texts[i] = arena_strdup(a, *texts[i]);
    to->contact = copied(a, from->contact, from->contact_len);
    to->phone = copied(a, from->phone, from->phone_len);
    to->email = copied(a, from->email, from->email_len);
    to->address = copied(a, from->address, from->address_len);
}

static int query_free(struct batch *b, const struct pg_statement *statement, const struct free_gateway *free,
                      size_t count, int most, struct pg_result **ret)
{
    static const enum pg_type types[] = { PG_TEXT, PG_TEXT, PG_INT4 };
    struct pg_column c[COUNT(types)];
    struct pg_params p;

    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        pg_column_text(&c[0], free[i].tenant);
        pg_column_text(&c[1], free[i].gateway);
        pg_column_int4(&c[2], free[i].free);
    }
    pg_params_columns(&p, b->arena, c, COUNT(types));
    pg_param_int4(&p, most);
    return pg_exec(b->pg, statement, &p, ret);
}

int notice_store_select_queue(struct batch *b, struct arena *a, const struct free_gateway *free, size_t count, int most,
                              struct queued **ret, size_t *ret_count)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    int r;

    *ret_count = 0;
    r = count ? query_free(b, &notification_select_queue, free, count, most, &rows) : 0;
    if (r < 0 || !count)
        return r;
    *ret = arena_array(a, struct queued, (size_t)pg_rows(rows) + 1);
    for (int i = 0; i < pg_rows(rows); i++)
        read_queued(a, rows, i, &(*ret)[i]);
    *ret_count = (size_t)pg_rows(rows);
    return 0;
}

int notice_store_take_unknown(struct batch *b, struct arena *a, const struct free_gateway *free, size_t count, int most,
                              struct asked **ret, size_t *ret_count)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    int r;

    *ret_count = 0;
    r = count ? query_free(b, &notification_take_unknown, free, count, most, &rows) : 0;
    if (r < 0 || !count)
        return r;
    *ret = arena_array(a, struct asked, (size_t)pg_rows(rows) + 1);
    for (int i = 0; i < pg_rows(rows); i++) {
        struct asked *q = &(*ret)[i];

        read_queued(a, rows, i, &q->queued);
        q->request_id = pg_text_copy(a, rows, i, REQUEST_ID);
        q->started_us = pg_is_null(rows, i, STARTED) ? b->now_us : pg_time_us(rows, i, STARTED);
    }
    *ret_count = (size_t)pg_rows(rows);
    return 0;
}

int notice_store_settle_asked(struct batch *b, struct known *items, size_t count)
{
    static const enum pg_type types[] = { PG_UUID, PG_INT2, PG_TEXT };
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct pg_column c[COUNT(types)];
    struct pg_params p;
    int r;

    if (count == 0)
        return 0;
    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        pg_column_uuid(&c[0], &items[i].id);
        pg_column_int2(&c[1], (int16_t)items[i].state);
        pg_column_text(&c[2], items[i].code);
    }
    pg_params_columns(&p, b->arena, c, COUNT(types));
    r = pg_exec(b->pg, &notification_settle_asked, &p, &rows);
    for (int row = 0; r == 0 && row < pg_rows(rows); row++) {
        struct known *k = &items[pg_int4(rows, row, 0)];

        k->done = true;
        k->expires_us = pg_time_us(rows, row, 1);
    }
    return r;
}

int notice_store_begin(struct batch *b, const struct begun *items, size_t count, const struct quota *used,
                       size_t used_count)
{
    static const enum pg_type types[] = { PG_UUID, PG_INT4, PG_TEXT, PG_TEXT };
    static const enum pg_type used_types[] = { PG_TEXT, PG_TEXT, PG_INT4 };
    struct pg_column c[COUNT(types)], u[COUNT(used_types)];
    struct pg_params p;

    if (count == 0)
        return 0;
    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        pg_column_uuid(&c[0], &items[i].id);
        pg_column_int4(&c[1], items[i].attempt);
        pg_column_text(&c[2], items[i].gateway);
        pg_column_text(&c[3], items[i].address_key);
    }
    pg_columns_init(u, b->arena, used_types, COUNT(used_types), used_count);
    for (size_t i = 0; i < used_count; i++) {
        pg_column_text(&u[0], used[i].tenant);
        pg_column_text(&u[1], used[i].key);
        pg_column_int4(&u[2], (int32_t)used[i].used);
    }
    pg_params_columns(&p, b->arena, c, COUNT(types));
    for (size_t i = 0; i < COUNT(used_types); i++)
        pg_param_column(&p, &u[i]);
    return pg_exec(b->pg, &notification_begin_attempts, &p, NULL);
}

int notice_store_find_sending(struct pg_conn *pg, struct arena *a, const struct begun *items, size_t count,
                              bool *committed)
{
    static const enum pg_type types[] = { PG_UUID, PG_INT4 };
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct pg_column c[COUNT(types)];
    struct pg_params p;
    int r;

    pg_columns_init(c, a, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        pg_column_uuid(&c[0], &items[i].id);
        pg_column_int4(&c[1], items[i].attempt);
    }
    pg_params_columns(&p, a, c, COUNT(types));
    r = pg_exec(pg, &notification_find_sending, &p, &rows);
    for (int row = 0; r == 0 && row < pg_rows(rows); row++)
        committed[pg_int4(rows, row, 0)] = true;
    return r;
}

int notice_store_hold(struct batch *b, const struct hold *items, size_t count)
{
    static const enum pg_type types[] = { PG_UUID, PG_INT2, PG_TIMESTAMPTZ };
    struct pg_column c[COUNT(types)];
    struct pg_params p;

    if (count == 0)
        return 0;
    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        pg_column_uuid(&c[0], &items[i].id);
        pg_column_int2(&c[1], (int16_t)items[i].held);
        pg_column_time(&c[2], items[i].next_us);
    }
    pg_params_columns(&p, b->arena, c, COUNT(types));
    return pg_exec(b->pg, &notification_hold_messages, &p, NULL);
}

int notice_store_load_quota(struct batch *b, struct quota *items, size_t count)
{
    static const enum pg_type types[] = { PG_INT4, PG_TEXT, PG_TEXT };
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct pg_column c[COUNT(types)];
    struct pg_params p;
    int r;

    if (count == 0)
        return 0;
    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        pg_column_int4(&c[0], (int32_t)i);
        pg_column_text(&c[1], items[i].tenant);
        pg_column_text(&c[2], items[i].key);
    }
    pg_params_columns(&p, b->arena, c, COUNT(types));
    r = pg_exec(b->pg, &notification_load_quota, &p, &rows);
    for (int i = 0; r == 0 && i < pg_rows(rows); i++)
        items[pg_int4(rows, i, 0)].used = pg_int8(rows, i, 1);
    return r;
}

int notice_store_settle(struct batch *b, struct settlement *items, size_t count)
{
    static const enum pg_type types[] = { PG_UUID, PG_INT4, PG_INT2, PG_TEXT,        PG_TEXT, PG_INT4,
                                          PG_INT8, PG_INT2, PG_TEXT, PG_TIMESTAMPTZ, PG_BOOL };
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct pg_column c[COUNT(types)];
    struct pg_params p;
    int r;

    if (count == 0)
        return 0;
    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        const struct settlement *s = &items[i];

        pg_column_uuid(&c[0], &s->id);
        pg_column_int4(&c[1], s->attempt);
        pg_column_int2(&c[2], (int16_t)s->answer.class);
        pg_column_text(&c[3], s->answer.request_id);
        pg_column_text(&c[4], s->answer.code);
        pg_column_int4(&c[5], s->answer.parts);
        pg_column_int8(&c[6], s->took_us);
        pg_column_int2(&c[7], (int16_t)s->state);
        pg_column_text(&c[8], s->gateway);
        pg_column_time(&c[9], s->next_us);
        pg_column_bool(&c[10], s->is_digest);
    }
    pg_params_columns(&p, b->arena, c, COUNT(types));
    r = pg_exec(b->pg, &notification_settle_messages, &p, &rows);
    for (int row = 0; r == 0 && row < pg_rows(rows); row++) {
        struct settlement *s = &items[pg_int4(rows, row, 0)];

        s->done = true;
        s->expires_us = pg_time_us(rows, row, 1);
    }
    return r;
}

int notice_store_add_bad(struct batch *b, const struct bounced *items, size_t count)
{
    static const enum pg_type types[] = { PG_TEXT, PG_INT2, PG_TEXT, PG_INT4, PG_TEXT };
    struct pg_column c[COUNT(types)];
    struct pg_params p;

    if (count == 0)
        return 0;
    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        pg_column_text(&c[0], items[i].tenant);
        pg_column_int2(&c[1], (int16_t)items[i].channel);
        pg_column_text(&c[2], items[i].key);
        pg_column_int4(&c[3], items[i].days);
        pg_column_text(&c[4], items[i].code);
    }
    pg_params_columns(&p, b->arena, c, COUNT(types));
    return pg_exec(b->pg, &notification_add_bad_addresses, &p, NULL);
}

/* ---- gateways that are gone ---- */

int notice_store_find_stranded(struct batch *b, const struct free_gateway *gone, size_t count, int most,
                               struct message **ret, size_t *ret_count)
{
    static const enum pg_type types[] = { PG_TEXT, PG_TEXT };
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct pg_column c[COUNT(types)];
    struct pg_params p;
    int r;

    *ret_count = 0;
    if (count == 0)
        return 0;
    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        pg_column_text(&c[0], gone[i].tenant);
        pg_column_text(&c[1], gone[i].gateway);
    }
    pg_params_columns(&p, b->arena, c, COUNT(types));
    pg_param_int4(&p, most);
    r = pg_exec(b->pg, &notification_find_stranded, &p, &rows);
    if (r == 0)
        *ret = notice_store_read_messages(b->arena, rows, ret_count);
    return r;
}

int notice_store_move_stranded(struct batch *b, const struct moved *items, size_t count)
{
    static const enum pg_type types[] = { PG_UUID, PG_INT2, PG_TEXT, PG_TEXT };
    struct pg_column c[COUNT(types)];
    struct pg_params p;

    if (count == 0)
        return 0;
    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        pg_column_uuid(&c[0], &items[i].id);
        pg_column_int2(&c[1], (int16_t)items[i].state);
        pg_column_text(&c[2], items[i].gateway);
        pg_column_text(&c[3], items[i].code);
    }
    pg_params_columns(&p, b->arena, c, COUNT(types));
    return pg_exec(b->pg, &notification_move_stranded, &p, NULL);
}

int notice_store_load_texts(struct pg_conn *pg, struct arena *a, const struct uuid *complaint, int64_t version,
                            struct notice_facts *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct pg_params p;
    int r;

    pg_params_init(&p, a);
    pg_param_uuid(&p, complaint);
    pg_param_int8(&p, version);
    r = pg_exec(pg, &notification_load_texts, &p, &rows);
    for (int i = 0; r == 0 && i < pg_rows(rows); i++)
        notice_facts_set(a, ret, arena_printf(a, "text.%s", pg_text(rows, i, 0)), pg_text_copy(a, rows, i, 1));
    return r;
}
