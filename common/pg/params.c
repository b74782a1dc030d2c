#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "pg.h"

void pg_params_init(struct pg_params *p, struct arena *a)
{
    *p = (struct pg_params){ .arena = a };
}

static void add(struct pg_params *p, unsigned type, const void *data, size_t len)
{
    if (p->count == PG_PARAMS_MAX)
        abort();
    p->types[p->count] = type;
    p->values[p->count] = data;
    p->lengths[p->count] = (int)len;
    p->count++;
}

static void add_copy(struct pg_params *p, unsigned type, const void *data, size_t len)
{
    add(p, type, arena_memdup(p->arena, data, len), len);
}

void pg_param_null(struct pg_params *p, enum pg_type type)
{
    add(p, (unsigned)type, NULL, 0);
}

void pg_param_bool(struct pg_params *p, bool v)
{
    unsigned char b = v;

    add_copy(p, PG_BOOL, &b, 1);
}

void pg_param_int4(struct pg_params *p, int32_t v)
{
    uint32_t b = htobe32((uint32_t)v);

    add_copy(p, PG_INT4, &b, 4);
}

static void add_int8(struct pg_params *p, unsigned type, int64_t v)
{
    uint64_t b = htobe64((uint64_t)v);

    add_copy(p, type, &b, 8);
}

void pg_param_int8(struct pg_params *p, int64_t v)
{
    add_int8(p, PG_INT8, v);
}

void pg_param_time(struct pg_params *p, int64_t at_us)
{
    add_int8(p, PG_TIMESTAMPTZ, at_us - PG_EPOCH_US);
}

void pg_param_textn(struct pg_params *p, const char *s, size_t len)
{
    add(p, PG_TEXT, s ? s : "", len);
}

void pg_param_text(struct pg_params *p, const char *s)
{
    add(p, PG_TEXT, s, s ? strlen(s) : 0);
}

void pg_param_bytes(struct pg_params *p, const void *data, size_t len)
{
    add(p, PG_BYTEA, data, len);
}

void pg_param_uuid(struct pg_params *p, const struct uuid *u)
{
    if (u)
        add_copy(p, PG_UUID, u->bytes, 16);
    else
        pg_param_null(p, PG_UUID);
}

void pg_param_column(struct pg_params *p, const struct pg_column *c)
{
    add(p, pg_array_type(c->type), c->data, c->len);
}

void pg_params_columns(struct pg_params *p, struct arena *a, const struct pg_column *columns, int count)
{
    pg_params_init(p, a);
    for (int i = 0; i < count; i++)
        pg_param_column(p, &columns[i]);
}

void pg_params_uuids(struct pg_params *p, struct arena *a, const struct uuid *ids, size_t count)
{
    struct pg_column *c = arena_new(a, struct pg_column);

    pg_column_init(c, a, PG_UUID, count);
    for (size_t i = 0; i < count; i++)
        pg_column_uuid(c, &ids[i]);
    pg_params_columns(p, a, c, 1);
}
