#include "store.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "common/contact/contact.h"
#include "intake_sql.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static int compare_references(const void *x, const void *y)
{
    const Redress__V1__Submission *a = (*(struct submission *const *)x)->message;
    const Redress__V1__Submission *b = (*(struct submission *const *)y)->message;
    int r = strcmp(a->tenant, b->tenant);

    if (r == 0)
        r = strcmp(a->source, b->source);
    return r ? r : strcmp(a->source_event_id, b->source_event_id);
}

/* Marks what came back. Both sides are in the order of the references, so one walk does it; should the server answer
 * in another order, the walk begins again. */
static int mark_claimed(const struct pg_result *rows, struct submission **sorted, size_t count)
{
    size_t at = 0;

    for (int row = 0; row < pg_rows(rows); row++) {
        struct uuid id = pg_uuid(rows, row, 0);
        size_t tried = 0;

        while (tried < count && !uuid_eq(&sorted[at]->complaint_id, &id)) {
            at = (at + 1) % count;
            tried++;
        }
        if (tried == count)
            return err_set(ERR_FATAL, "claim_keys gave back an id that it was not given");
        sorted[at]->is_new = true;
    }
    return 0;
}

int store_claim(struct batch *b, struct submission **items, size_t count)
{
    static const enum pg_type types[] = { PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_UUID };
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct submission **sorted;
    struct pg_column c[COUNT(types)];
    struct pg_params p;
    int r;

    if (count == 0)
        return 0;
    sorted = arena_memdup(b->arena, items, count * sizeof *items);
    qsort(sorted, count, sizeof *sorted, compare_references);
    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        pg_column_text(&c[0], sorted[i]->message->tenant);
        pg_column_text(&c[1], sorted[i]->message->source);
        pg_column_text(&c[2], sorted[i]->message->source_event_id);
        pg_column_text(&c[3], sorted[i]->content_key);
        pg_column_uuid(&c[4], &sorted[i]->complaint_id);
    }
    pg_params_columns(&p, b->arena, c, COUNT(types));
    r = pg_exec(b->pg, &intake_claim_keys, &p, &rows);
    return r < 0 ? r : mark_claimed(rows, sorted, count);
}

int store_find_known(struct batch *b, struct submission **items, size_t count)
{
    static const enum pg_type types[] = { PG_INT4, PG_TEXT, PG_TEXT, PG_TEXT };
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct pg_column c[COUNT(types)];
    struct pg_params p;
    int r;

    if (count == 0)
        return 0;
    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        pg_column_int4(&c[0], (int32_t)i);
        pg_column_text(&c[1], items[i]->message->tenant);
        pg_column_text(&c[2], items[i]->message->source);
        pg_column_text(&c[3], items[i]->message->source_event_id);
    }
    pg_params_columns(&p, b->arena, c, COUNT(types));
    r = pg_exec(b->pg, &intake_find_known, &p, &rows);
    if (r < 0)
        return r;
    for (int row = 0; row < pg_rows(rows); row++) {
        struct submission *s = items[pg_int4(rows, row, 0)];
        s->is_known = true;
        str_copy(s->known_content_key, sizeof s->known_content_key, pg_text(rows, row, 1));
        s->complaint_id = pg_uuid(rows, row, 2);
        str_copy(s->number, sizeof s->number, pg_text(rows, row, 3));
        s->registered_us = pg_time_us(rows, row, 4);
    }
    return 0;
}

int store_find_likely(struct batch *b, struct submission **items, size_t count)
{
    static const enum pg_type types[] = { PG_INT4, PG_TEXT, PG_INT8, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ };
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct pg_column c[COUNT(types)];
    struct pg_params p;
    int r;

    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        const struct submission *s = items[i];
        if (!submission_may_repeat(s))
            continue;
        pg_column_int4(&c[0], (int32_t)i);
        pg_column_text(&c[1], s->tenant->id);
        pg_column_int8(&c[2], s->matter);
        pg_column_time(&c[3], s->received_us - s->tenant->duplicate_window_us);
        pg_column_time(&c[4], s->received_us + s->tenant->duplicate_window_us);
    }
    if (c[0].count == 0)
        return 0;
    pg_params_columns(&p, b->arena, c, COUNT(types));
    r = pg_exec(b->pg, &intake_find_likely, &p, &rows);
    if (r < 0)
        return r;
    for (int row = 0; row < pg_rows(rows); row++) {
        struct submission *s = items[pg_int4(rows, row, 0)];
        s->likely_id = pg_uuid(rows, row, 1);
        str_copy(s->likely_number, sizeof s->likely_number, pg_text(rows, row, 2));
        s->likely_received_us = pg_time_us(rows, row, 3);
    }
    return 0;
}

/* The few series of a batch, by their position in the answer or wherever they are. */
static struct series *find_series(struct series *series, size_t count, const char *tenant, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(series[i].name, name) == 0 && strcmp(series[i].tenant, tenant) == 0)
            return &series[i];
    return NULL;
}

int store_take_numbers(struct batch *b, struct series *series, size_t count)
{
    static const enum pg_type types[] = { PG_TEXT, PG_TEXT, PG_INT8 };
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct pg_column c[COUNT(types)];
    struct pg_params p;
    int r;

    if (count == 0)
        return 0;
    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        pg_column_text(&c[0], series[i].tenant);
        pg_column_text(&c[1], series[i].name);
        pg_column_int8(&c[2], series[i].count);
    }
    pg_params_columns(&p, b->arena, c, COUNT(types));
    r = pg_exec(b->pg, &intake_take_numbers, &p, &rows);
    if (r < 0)
        return r;
    if ((size_t)pg_rows(rows) != count)
        return err_set(ERR_FATAL, "take_numbers: asked for %zu series, got %d", count, pg_rows(rows));
    for (int row = 0; row < pg_rows(rows); row++) {
        struct series *s = find_series(series, count, pg_text(rows, row, 0), pg_text(rows, row, 1));
        if (!s)
            return err_set(ERR_FATAL, "take_numbers gave back a series that it was not given");
        s->first = pg_int8(rows, row, 2) - s->count;
    }
    return 0;
}

static void add_call(struct pg_column *c, const Redress__V1__Call *call)
{
    int64_t started_us;

    pg_column_text(&c[0], call ? call->call_id : NULL);
    pg_column_text(&c[1], call ? call->agent_id : NULL);
    if (call && call->started_at && timestamp_us(call->started_at, &started_us))
        pg_column_time(&c[2], started_us);
    else
        pg_column_null(&c[2]);
    if (call)
        pg_column_int4(&c[3], call->duration_s);
    else
        pg_column_null(&c[3]);
    pg_column_text(&c[4], call ? call->recording_uri : NULL);
}

int store_save_details(struct batch *b, struct submission **items, size_t count)
{
    static const enum pg_type types[] = {
        PG_UUID, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT,        PG_BYTEA, PG_TEXT, PG_INT2,
        PG_BOOL, PG_INT2, PG_TEXT, PG_TEXT, PG_TIMESTAMPTZ, PG_INT4,  PG_TEXT,
    };
    struct pg_column c[COUNT(types)];
    struct pg_params p;

    if (count == 0)
        return 0;
    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        const struct submission *s = items[i];
        const Redress__V1__Submission *m = s->message;
        char masked[PHONE_MASKED_SIZE] = "";
        size_t len;
        const void *contact = contact_seal(b->arena, &s->tenant->seal_key, &s->complaint_id, m, &len);

        if (s->phone[0])
            phone_mask(s->phone, masked);
        pg_column_uuid(&c[0], &s->complaint_id);
        pg_column_text(&c[1], s->tenant->id);
        pg_column_text(&c[2], m->description);
        pg_column_text(&c[3], m->goods_or_service);
        pg_column_text(&c[4], m->demand);
        pg_column_bytes(&c[5], contact, len);
        pg_column_text(&c[6], masked);
        pg_column_int2(&c[7], (int16_t)m->complainant->kind);
        pg_column_bool(&c[8], m->complainant->identity_verified);
        pg_column_int2(&c[9], (int16_t)m->complainant->preferred_channel);
        add_call(&c[10], m->call);
    }
    pg_params_columns(&p, b->arena, c, COUNT(types));
    return pg_exec(b->pg, &intake_save_details, &p, NULL);
}

int store_save_evidence(struct batch *b, struct submission **items, size_t count)
{
    static const enum pg_type types[] = { PG_UUID, PG_INT2, PG_TEXT, PG_TEXT, PG_BYTEA, PG_INT8 };
    struct pg_column c[COUNT(types)];
    struct pg_params p;

    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < items[i]->message->n_evidence; k++) {
            const Redress__V1__Evidence *e = items[i]->message->evidence[k];
            pg_column_uuid(&c[0], &items[i]->complaint_id);
            pg_column_int2(&c[1], (int16_t)(k + 1));
            pg_column_text(&c[2], e->uri);
            pg_column_text(&c[3], e->media_type);
            pg_column_bytes(&c[4], e->sha256.len ? e->sha256.data : NULL, e->sha256.len);
            pg_column_int8(&c[5], e->size);
        }
    if (c[0].count == 0)
        return 0;
    pg_params_columns(&p, b->arena, c, COUNT(types));
    return pg_exec(b->pg, &intake_save_evidence, &p, NULL);
}

static int16_t clear_bits(const Redress__V1__FourClears *c)
{
    if (!c)
        return 0;
    return (int16_t)((c->heard ? 1 : 0) | (c->asked ? 2 : 0) | (c->repeated ? 4 : 0) | (c->recorded ? 8 : 0));
}

static void add_optional(const struct submission *s, struct pg_column *occurred, struct pg_column *matter,
                         struct pg_column *likely, struct pg_column *amount)
{
    if (s->message->occurred_at)
        pg_column_time(occurred, s->occurred_us);
    else
        pg_column_null(occurred);
    if (s->has_matter)
        pg_column_int8(matter, s->matter);
    else
        pg_column_null(matter);
    pg_column_uuid(likely, uuid_is_nil(&s->likely_id) ? NULL : &s->likely_id);
    if (s->message->amount_fen)
        pg_column_int8(amount, s->message->amount_fen->value);
    else
        pg_column_null(amount);
}

int store_save_complaints(struct batch *b, struct submission **items, size_t count)
{
    static const enum pg_type types[] = {
        PG_UUID,        PG_TEXT,  PG_TEXT, PG_TEXT, PG_TEXT, PG_INT2, PG_TEXT, PG_TEXT, PG_TIMESTAMPTZ, /* 1 to 9 */
        PG_TIMESTAMPTZ, PG_TEXT,  PG_TEXT, PG_TEXT, PG_INT8, PG_UUID, PG_INT8, PG_INT2, PG_INT2,        /* 10 to 18 */
        PG_TEXT,        PG_BYTEA,
    };
    struct pg_column c[COUNT(types)];
    struct pg_params p;

    if (count == 0)
        return 0;
    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        const struct submission *s = items[i];
        const Redress__V1__Submission *m = s->message;

        pg_column_uuid(&c[0], &s->complaint_id);
        pg_column_text(&c[1], s->tenant->id);
        pg_column_text(&c[2], s->number);
        pg_column_text(&c[3], m->source);
        pg_column_text(&c[4], m->source_event_id);
        pg_column_int2(&c[5], (int16_t)m->channel);
        pg_column_text(&c[6], m->project_code);
        pg_column_text(&c[7], m->building);
        pg_column_time(&c[8], s->received_us);
        pg_column_text(&c[10], m->category_code);
        pg_column_text(&c[11], s->complainant_key);
        pg_column_text(&c[12], s->home_key);
        add_optional(s, &c[9], &c[13], &c[14], &c[15]);
        pg_column_int2(&c[16], clear_bits(m->clear));
        pg_column_int2(&c[17], (int16_t)m->n_evidence);
        pg_column_text(&c[18], m->submitted_by);
        pg_column_bytes(&c[19], s->head, sizeof s->head);
    }
    pg_params_columns(&p, b->arena, c, COUNT(types));
    pg_param_time(&p, b->now_us);
    return pg_exec(b->pg, &intake_save_complaints, &p, NULL);
}
