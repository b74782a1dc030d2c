#include "column.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define HEADER 20 /* dimensions, has-null flag, element type, size, lower bound: five int32 */

static const struct {
    enum pg_type type;
    unsigned array;
    size_t bytes; /* 0: varies */
} wire_types[] = {
    { PG_BOOL, 1000, 1 },   { PG_BYTEA, 1001, 0 },       { PG_INT8, 1016, 8 },
    { PG_INT2, 1005, 2 },   { PG_INT4, 1007, 4 },        { PG_TEXT, 1009, 0 },
    { PG_FLOAT8, 1022, 8 }, { PG_TIMESTAMPTZ, 1185, 8 }, { PG_UUID, 2951, 16 },
};

static size_t index_of(enum pg_type type)
{
    for (size_t i = 0; i < sizeof wire_types / sizeof *wire_types; i++)
        if (wire_types[i].type == type)
            return i;
    abort();
}

unsigned pg_array_type(enum pg_type type)
{
    return wire_types[index_of(type)].array;
}

static void put32(unsigned char *at, uint32_t v)
{
    v = htobe32(v);
    memcpy(at, &v, 4);
}

static void header(struct pg_column *c)
{
    put32(c->data, 1);
    put32(c->data + 4, c->has_null);
    put32(c->data + 8, (uint32_t)c->type);
    put32(c->data + 12, c->count);
    put32(c->data + 16, 1);
}

void pg_column_init(struct pg_column *c, struct arena *a, enum pg_type type, size_t rows)
{
    size_t bytes = wire_types[index_of(type)].bytes;

    *c = (struct pg_column){ .arena = a, .type = type };
    c->cap = HEADER + (rows ? rows : 1) * (4 + (bytes ? bytes : 32));
    c->data = arena_calloc(a, c->cap, 1);
    c->len = HEADER;
    header(c);
}

void pg_columns_init(struct pg_column *columns, struct arena *a, const enum pg_type *types, int width, size_t rows)
{
    for (int i = 0; i < width; i++)
        pg_column_init(&columns[i], a, types[i], rows);
}

static void add(struct pg_column *c, const void *data, size_t len)
{
    if (c->cap - c->len < len + 4) {
        size_t cap = (c->len + len + 4) * 2;
        unsigned char *fresh = arena_calloc(c->arena, cap, 1);
        memcpy(fresh, c->data, c->len);
        c->data = fresh;
        c->cap = cap;
    }
    put32(c->data + c->len, (uint32_t)len);
    if (len)
        memcpy(c->data + c->len + 4, data, len);
    c->len += 4 + len;
    c->count++;
    put32(c->data + 12, c->count);
}

void pg_column_null(struct pg_column *c)
{
    add(c, NULL, 0);
    put32(c->data + c->len - 4, UINT32_MAX);
    c->has_null = true;
    put32(c->data + 4, 1);
}

void pg_column_bool(struct pg_column *c, bool v)
{
    unsigned char b = v;

    add(c, &b, 1);
}

void pg_column_int2(struct pg_column *c, int16_t v)
{
    uint16_t b = htobe16((uint16_t)v);

    add(c, &b, 2);
}

void pg_column_int4(struct pg_column *c, int32_t v)
{
    uint32_t b = htobe32((uint32_t)v);

    add(c, &b, 4);
}

void pg_column_int8(struct pg_column *c, int64_t v)
{
    uint64_t b = htobe64((uint64_t)v);

    add(c, &b, 8);
}

void pg_column_time(struct pg_column *c, int64_t at_us)
{
    pg_column_int8(c, at_us - PG_EPOCH_US);
}

void pg_column_textn(struct pg_column *c, const char *s, size_t len)
{
    add(c, s, len);
}

void pg_column_text(struct pg_column *c, const char *s)
{
    if (s)
        add(c, s, strlen(s));
    else
        pg_column_null(c);
}

void pg_column_bytes(struct pg_column *c, const void *data, size_t len)
{
    if (data || len)
        add(c, data, len);
    else
        pg_column_null(c);
}

void pg_column_uuid(struct pg_column *c, const struct uuid *u)
{
    if (u)
        add(c, u->bytes, 16);
    else
        pg_column_null(c);
}
