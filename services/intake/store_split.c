#include "common/contact/contact.h"
#include "common/event/timestamp.h"
#include "intake_sql.h"
#include "store.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The columns of find_origins.sql in their order. */
enum {
    ORD,
    ID,
    PROJECT,
    BUILDING,
    CHANNEL,
    RECEIVED,
    CONTACT,
    KIND,
    VERIFIED,
    PREFERRED,
    CALL,
    AGENT,
    STARTED,
    SECONDS,
    RECORDING
};

static Redress__V1__Call *read_call(struct arena *a, const struct pg_result *r, int row, const char *caller)
{
    Redress__V1__Call *call = arena_new(a, Redress__V1__Call);

    redress__v1__call__init(call);
    call->call_id = pg_text_copy(a, r, row, CALL);
    call->agent_id = pg_text_copy(a, r, row, AGENT);
    call->recording_uri = pg_text_copy(a, r, row, RECORDING);
    call->caller = arena_strdup(a, caller);
    call->duration_s = pg_is_null(r, row, SECONDS) ? 0 : pg_int4(r, row, SECONDS);
    if (!pg_is_null(r, row, STARTED))
        call->started_at = timestamp_new(a, pg_time_us(r, row, STARTED));
    return call;
}

/* Sealed is only what is personal; the rest of the complainant and of the call stands beside it. */
static void read_contact(struct arena *a, const struct pg_result *r, int row, const struct tenant *t, struct origin *o)
{
    Redress__V1__Submission *m;
    size_t len;
    const void *sealed = pg_bytes(r, row, CONTACT, &len);

    m = sealed ? contact_open(a, &t->seal_key, &o->id, sealed, len) : NULL;
    if (!m || !m->complainant)
        return;
    m->complainant->kind = (Redress__V1__ComplainantKind)pg_int4(r, row, KIND);
    m->complainant->identity_verified = pg_bool(r, row, VERIFIED);
    m->complainant->preferred_channel = (Redress__V1__ContactChannel)pg_int4(r, row, PREFERRED);
    if (!pg_is_null(r, row, CALL))
        m->call = read_call(a, r, row, m->call ? m->call->caller : "");
    o->contact = m;
}

static void read_origin(struct arena *a, const struct pg_result *r, int row, struct named_origin *n)
{
    n->origin.id = pg_uuid(r, row, ID);
    n->origin.number = n->number;
    n->origin.project_code = pg_text_copy(a, r, row, PROJECT);
    n->origin.building = pg_text_copy(a, r, row, BUILDING);
    n->origin.channel = (Redress__V1__Channel)pg_int4(r, row, CHANNEL);
    n->origin.received_us = pg_time_us(r, row, RECEIVED);
    read_contact(a, r, row, n->tenant, &n->origin);
}

int store_find_origins(struct batch *b, struct named_origin *names, size_t count)
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
        pg_column_text(&c[1], names[i].tenant->id);
        pg_column_text(&c[2], names[i].number);
    }
    pg_params_columns(&p, b->arena, c, COUNT(types));
    r = pg_exec(b->pg, &intake_find_origins, &p, &rows);
    for (int row = 0; r == 0 && row < pg_rows(rows); row++)
        read_origin(b->arena, rows, row, &names[pg_int4(rows, row, ORD)]);
    return r;
}

int store_save_splits(struct batch *b, struct submission **items, size_t count)
{
    static const enum pg_type types[] = { PG_UUID, PG_UUID };
    struct pg_column c[COUNT(types)];
    struct pg_params p;

    pg_columns_init(c, b->arena, types, COUNT(types), count);
    for (size_t i = 0; i < count; i++) {
        if (!items[i]->origin)
            continue;
        pg_column_uuid(&c[0], &items[i]->complaint_id);
        pg_column_uuid(&c[1], &items[i]->origin->id);
    }
    if (c[0].count == 0)
        return 0;
    pg_params_columns(&p, b->arena, c, COUNT(types));
    return pg_exec(b->pg, &intake_save_splits, &p, NULL);
}
