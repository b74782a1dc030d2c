/* Bare bones for the floors of tests/bench: libpq in pipeline mode and binary arrays. Whatever goes wrong ends the
 * process with a message: a floor has no error handling to pay for. */
#pragma once

#include <postgresql/libpq-fe.h>
#include <stddef.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

void floor_die(const char *what, const char *why) __attribute__((noreturn));
/* Environment of a floor: FLOOR_PG, FLOOR_BROKERS, FLOOR_PREFIX; fallback NULL: must be set. */
const char *floor_env(const char *name, const char *fallback);
int64_t floor_now_us(void);

PGconn *floor_connect(void);
void floor_prepare(PGconn *c, const char *name, const char *sql);
/* Runs one statement outside a pipeline and forgets its answer. */
void floor_run(PGconn *c, const char *sql);
/* The next answer of a pipeline, binary; ends the process if it is an error. Free it. NULL at the end of a statement.
 */
PGresult *floor_answer(PGconn *c);
/* The answer of one statement, its end taken too. */
PGresult *floor_answer_whole(PGconn *c);
/* The answers of n statements, of which none matters. */
void floor_skip(PGconn *c, int n);
void floor_sync(PGconn *c);

rd_kafka_conf_t *floor_conf(const char *const settings[][2], size_t count);
rd_kafka_t *floor_client(rd_kafka_type_t type, rd_kafka_conf_t *conf);
int floor_partitions(rd_kafka_t *rk, const char *topic);

/* A growing array parameter in PostgreSQL's binary form; reused from batch to batch. */
struct floor_array {
    char *data;
    size_t len, cap;
    uint32_t count;
};
void floor_array_begin(struct floor_array *a, uint32_t oid);
void floor_arrays_begin(struct floor_array *a, const uint32_t *oids, int count);
void floor_array_bytes(struct floor_array *a, const void *data, size_t len);
void floor_array_text(struct floor_array *a, const char *s);
void floor_array_null(struct floor_array *a);
void floor_array_int2(struct floor_array *a, int16_t v);
void floor_array_int4(struct floor_array *a, int32_t v);
void floor_array_int8(struct floor_array *a, int64_t v);
void floor_array_bool(struct floor_array *a, int v);
/* us since 1970 */
void floor_array_time(struct floor_array *a, int64_t at_us);

/* Sends a prepared statement with `count` arrays, and one timestamptz after them if at_us is not 0. */
void floor_send(PGconn *c, const char *name, struct floor_array *arrays, int count, int64_t at_us);

/* A prepared statement without parameters. */
void floor_bare(PGconn *c, const char *name);

/* 16 bytes, version 7. */
void floor_uuid(unsigned char out[16], int64_t at_us);
void floor_uuid_text(const unsigned char u[16], char out[37]);
/* The usual form with hyphens, taken on trust. */
void floor_uuid_parse(const char *text, unsigned char out[16]);
int64_t floor_int8(const PGresult *r, int row, int column);
int32_t floor_int4(const PGresult *r, int row, int column);
int16_t floor_int2(const PGresult *r, int row, int column);
