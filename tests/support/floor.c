#include "floor.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PG_EPOCH INT64_C(946684800000000)

void floor_die(const char *what, const char *why)
{
    fprintf(stderr, "floor: %s: %s\n", what, why);
    exit(99);
}

const char *floor_env(const char *name, const char *fallback)
{
    const char *v = getenv(name);

    if (v && *v)
        return v;
    if (!fallback)
        floor_die(name, "is not set");
    return fallback;
}

int64_t floor_now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

PGconn *floor_connect(void)
{
    PGconn *c = PQconnectdb(floor_env("FLOOR_PG", NULL));

    if (PQstatus(c) != CONNECTION_OK)
        floor_die("connect", PQerrorMessage(c));
    return c;
}

static void must(PGconn *c, PGresult *r)
{
    ExecStatusType s = PQresultStatus(r);

    if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK && s != PGRES_PIPELINE_SYNC)
        floor_die(PQresStatus(s), r ? PQresultErrorMessage(r) : PQerrorMessage(c));
}

void floor_prepare(PGconn *c, const char *name, const char *sql)
{
    PGresult *r = PQprepare(c, name, sql, 0, NULL);

    must(c, r);
    PQclear(r);
}

void floor_run(PGconn *c, const char *sql)
{
    PGresult *r = PQexecParams(c, sql, 0, NULL, NULL, NULL, NULL, 0);

    must(c, r);
    PQclear(r);
}

PGresult *floor_answer(PGconn *c)
{
    PGresult *r = PQgetResult(c);

    if (r)
        must(c, r);
    return r;
}

PGresult *floor_answer_whole(PGconn *c)
{
    PGresult *r = floor_answer(c);

    if (!r)
        floor_die("pipeline", "no answer");
    if (PQresultStatus(r) != PGRES_PIPELINE_SYNC && PQgetResult(c))
        floor_die("pipeline", "more than one answer");
    return r;
}

void floor_skip(PGconn *c, int n)
{
    while (n--)
        PQclear(floor_answer_whole(c));
}

void floor_sync(PGconn *c)
{
    if (!PQpipelineSync(c))
        floor_die("sync", PQerrorMessage(c));
}

rd_kafka_conf_t *floor_conf(const char *const settings[][2], size_t count)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char why[256];

    for (size_t i = 0; i < count; i++)
        if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], why, sizeof why) != RD_KAFKA_CONF_OK)
            floor_die(settings[i][0], why);
    return conf;
}

rd_kafka_t *floor_client(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    char why[256];
    rd_kafka_t *rk = rd_kafka_new(type, conf, why, sizeof why);

    if (!rk)
        floor_die("client", why);
    return rk;
}

int floor_partitions(rd_kafka_t *rk, const char *topic)
{
    rd_kafka_topic_t *t = rd_kafka_topic_new(rk, topic, NULL);
    const struct rd_kafka_metadata *m = NULL;
    rd_kafka_resp_err_t e = rd_kafka_metadata(rk, 0, t, &m, 10000);
    int n;

    if (e || m->topics[0].partition_cnt == 0)
        floor_die(topic, e ? rd_kafka_err2str(e) : "no such topic");
    n = m->topics[0].partition_cnt;
    rd_kafka_metadata_destroy(m);
    rd_kafka_topic_destroy(t);
    return n;
}

static char *room(struct floor_array *a, size_t more)
{
    char *at;

    if (a->len + more > a->cap) {
        a->cap = (a->len + more) * 2;
        a->data = realloc(a->data, a->cap);
        if (!a->data)
            abort();
    }
    at = a->data + a->len;
    a->len += more;
    return at;
}

static void put32(char *at, uint32_t v)
{
    v = htobe32(v);
    memcpy(at, &v, 4);
}

void floor_array_begin(struct floor_array *a, uint32_t oid)
{
    char *at;

    a->len = a->count = 0;
    at = room(a, 20);
    put32(at, 1);
    put32(at + 4, 1); /* may hold nulls */
    put32(at + 8, oid);
    put32(at + 16, 1);
}

void floor_arrays_begin(struct floor_array *a, const uint32_t *oids, int count)
{
    for (int i = 0; i < count; i++)
        floor_array_begin(&a[i], oids[i]);
}

void floor_array_bytes(struct floor_array *a, const void *data, size_t len)
{
    char *at = room(a, 4 + len);

    put32(at, (uint32_t)len);
    if (len)
        memcpy(at + 4, data, len);
    a->count++;
}

void floor_array_text(struct floor_array *a, const char *s)
{
    floor_array_bytes(a, s, strlen(s));
}

void floor_array_null(struct floor_array *a)
{
    put32(room(a, 4), UINT32_MAX);
    a->count++;
}

void floor_array_int2(struct floor_array *a, int16_t v)
{
    uint16_t n = htobe16((uint16_t)v);

    floor_array_bytes(a, &n, 2);
}

void floor_array_int4(struct floor_array *a, int32_t v)
{
    uint32_t n = htobe32((uint32_t)v);

    floor_array_bytes(a, &n, 4);
}

void floor_array_int8(struct floor_array *a, int64_t v)
{
    uint64_t n = htobe64((uint64_t)v);

    floor_array_bytes(a, &n, 8);
}

void floor_array_bool(struct floor_array *a, int v)
{
    char n = v != 0;

    floor_array_bytes(a, &n, 1);
}

void floor_array_time(struct floor_array *a, int64_t at_us)
{
    floor_array_int8(a, at_us - PG_EPOCH);
}

void floor_send(PGconn *c, const char *name, struct floor_array *arrays, int count, int64_t at_us)
{
    const char *values[32];
    int lengths[32], formats[32];
    uint64_t at = htobe64((uint64_t)(at_us - PG_EPOCH));
    int n = 0;

    for (; n < count; n++) {
        put32(arrays[n].data + 12, arrays[n].count);
        values[n] = arrays[n].data;
        lengths[n] = (int)arrays[n].len;
        formats[n] = 1;
    }
    if (at_us) {
        values[n] = (const char *)&at;
        lengths[n] = 8;
        formats[n++] = 1;
    }
    if (!PQsendQueryPrepared(c, name, n, values, lengths, formats, 1))
        floor_die(name, PQerrorMessage(c));
}

void floor_bare(PGconn *c, const char *name)
{
    floor_send(c, name, NULL, 0, 0);
}

/* The random part is a counter behind a number of the process: unique is all that it must be. */
void floor_uuid(unsigned char out[16], int64_t at_us)
{
    static uint64_t counter;
    uint64_t ms = htobe64((uint64_t)(at_us / 1000) << 16), low = htobe64(++counter * UINT64_C(0x9E3779B97F4A7C15));

    memcpy(out, &ms, 8);
    memcpy(out + 8, &low, 8);
    out[6] = 0x70;
    out[8] = (unsigned char)((out[8] & 0x3F) | 0x80);
}

void floor_uuid_text(const unsigned char u[16], char out[37])
{
    static const char hex[] = "0123456789abcdef";

    for (int i = 0; i < 16; i++) {
        *out++ = hex[u[i] >> 4];
        *out++ = hex[u[i] & 15];
        if (i == 3 || i == 5 || i == 7 || i == 9)
            *out++ = '-';
    }
    *out = '\0';
}

static unsigned nibble(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

void floor_uuid_parse(const char *text, unsigned char out[16])
{
    for (int i = 0; i < 16; i++, text += 2) {
        text += *text == '-';
        out[i] = (unsigned char)(nibble(text[0]) << 4 | nibble(text[1]));
    }
}

int64_t floor_int8(const PGresult *r, int row, int column)
{
    uint64_t v;

    memcpy(&v, PQgetvalue(r, row, column), 8);
    return (int64_t)be64toh(v);
}

int32_t floor_int4(const PGresult *r, int row, int column)
{
    uint32_t v;

    memcpy(&v, PQgetvalue(r, row, column), 4);
    return (int32_t)be32toh(v);
}

int16_t floor_int2(const PGresult *r, int row, int column)
{
    uint16_t v;

    memcpy(&v, PQgetvalue(r, row, column), 2);
    return (int16_t)be16toh(v);
}
