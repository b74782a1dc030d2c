/* A binary PostgreSQL array of one column's values: a batch's rows go to the server as one parameter per column. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/uuid.h"

/* The element types that Redress uses; the numbers are PostgreSQL's OIDs. */
enum pg_type {
    PG_BOOL = 16,
    PG_BYTEA = 17,
    PG_INT8 = 20,
    PG_INT2 = 21,
    PG_INT4 = 23,
    PG_TEXT = 25,
    PG_FLOAT8 = 701,
    PG_TIMESTAMPTZ = 1184,
    PG_UUID = 2950,
};

/* PostgreSQL counts microseconds from 2000-01-01. */
#define PG_EPOCH_US INT64_C(946684800000000)

struct pg_column {
    struct arena *arena;
    enum pg_type type;
    unsigned count;
    bool has_null;
    unsigned char *data; /* header and elements in wire order */
    size_t len, cap;
};

/* rows is a hint for the first allocation. */
void pg_column_init(struct pg_column *c, struct arena *a, enum pg_type type, size_t rows);
/* One column of each of `width` types. */
void pg_columns_init(struct pg_column *columns, struct arena *a, const enum pg_type *types, int width, size_t rows);
void pg_column_null(struct pg_column *c);
void pg_column_bool(struct pg_column *c, bool v);
void pg_column_int2(struct pg_column *c, int16_t v);
void pg_column_int4(struct pg_column *c, int32_t v);
void pg_column_int8(struct pg_column *c, int64_t v);
void pg_column_time(struct pg_column *c, int64_t at_us);
void pg_column_text(struct pg_column *c, const char *s); /* NULL: SQL null */
void pg_column_textn(struct pg_column *c, const char *s, size_t len);
void pg_column_bytes(struct pg_column *c, const void *data, size_t len); /* NULL: SQL null */
void pg_column_uuid(struct pg_column *c, const struct uuid *u);          /* NULL: SQL null */

/* OID of the array type of an element type. */
unsigned pg_array_type(enum pg_type type);
