#include <endian.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "pg.h"

static const PGresult *pq(const struct pg_result *r)
{
    return (const PGresult *)r;
}

void pg_result_free(struct pg_result *r)
{
    PQclear((PGresult *)r);
}

void pg_result_freep(struct pg_result **r)
{
    pg_result_free(*r);
}

int pg_rows(const struct pg_result *r)
{
    return PQntuples(pq(r));
}

int pg_columns(const struct pg_result *r)
{
    return PQnfields(pq(r));
}

const char *pg_column_name(const struct pg_result *r, int column)
{
    return PQfname(pq(r), column);
}

bool pg_is_null(const struct pg_result *r, int row, int column)
{
    return PQgetisnull(pq(r), row, column);
}

const void *pg_bytes(const struct pg_result *r, int row, int column, size_t *ret_len)
{
    *ret_len = (size_t)PQgetlength(pq(r), row, column);
    return PQgetvalue(pq(r), row, column);
}

const char *pg_text(const struct pg_result *r, int row, int column)
{
    return PQgetvalue(pq(r), row, column);
}

char *pg_text_copy(struct arena *a, const struct pg_result *r, int row, int column)
{
    return arena_strdup(a, pg_text(r, row, column));
}

bool pg_bool(const struct pg_result *r, int row, int column)
{
    return !pg_is_null(r, row, column) && *pg_text(r, row, column);
}

int64_t pg_int8(const struct pg_result *r, int row, int column)
{
    size_t len;
    const void *data = pg_bytes(r, row, column, &len);
    uint64_t v8;
    uint32_t v4;
    uint16_t v2;

    switch (len) {
    case 8:
        memcpy(&v8, data, 8);
        return (int64_t)be64toh(v8);
    case 4:
        memcpy(&v4, data, 4);
        return (int32_t)be32toh(v4);
    case 2:
        memcpy(&v2, data, 2);
        return (int16_t)be16toh(v2);
    default:
        return 0;
    }
}

int32_t pg_int4(const struct pg_result *r, int row, int column)
{
    return (int32_t)pg_int8(r, row, column);
}

double pg_float8(const struct pg_result *r, int row, int column)
{
    int64_t bits = pg_int8(r, row, column);
    double v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

int64_t pg_time_us(const struct pg_result *r, int row, int column)
{
    return pg_is_null(r, row, column) ? 0 : pg_int8(r, row, column) + PG_EPOCH_US;
}

struct uuid pg_uuid(const struct pg_result *r, int row, int column)
{
    struct uuid u = { 0 };
    size_t len;
    const void *data = pg_bytes(r, row, column, &len);

    if (len == sizeof u.bytes)
        memcpy(u.bytes, data, len);
    return u;
}
