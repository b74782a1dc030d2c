/* What json_read and json_write share. */
#pragma once

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/event/problem_draft.h"

enum json_shape {
    JSON_SHAPE_OBJECT,
    JSON_SHAPE_TIMESTAMP,
    JSON_SHAPE_WRAPPER, /* one field, written bare */
    JSON_SHAPE_NONE,    /* a well-known type that we do not convert */
};
enum json_shape json_shape_of(const ProtobufCMessageDescriptor *d);

/* protoc's rule: each '_' goes and the letter after it becomes a capital. Out needs strlen(proto_name) + 1. */
void json_name(const char *proto_name, char *out);
/* Either name form. */
bool json_name_matches(const char *proto_name, const char *key);

#define TIMESTAMP_TEXT_SIZE 40
/* false outside 0001-01-01T00:00:00Z .. 9999-12-31T23:59:59.999999999Z. */
bool timestamp_format(int64_t seconds, int32_t nanos, char out[TIMESTAMP_TEXT_SIZE]);
enum timestamp_result { TIMESTAMP_OK, TIMESTAMP_MALFORMED, TIMESTAMP_OUT_OF_RANGE };
enum timestamp_result timestamp_parse(const char *text, size_t len, int64_t *ret_seconds, int32_t *ret_nanos);

/* Bytes of one element in memory. */
size_t field_size(ProtobufCType type);

struct json_reader {
    struct arena *arena;
    struct problem_draft problem;
};

/* One number, bool, enum, string or bytes value into `member`. 0, 1 with r->problem, or < 0. */
int json_read_scalar(struct json_reader *r, const struct field_path *path, const ProtobufCFieldDescriptor *f,
                     const json_t *v, void *member);
int json_wrong_type(struct json_reader *r, const struct field_path *path, const char *expected, const json_t *v);
/* From the arena, or NULL with err_set(ERR_RETRY). */
void *json_alloc(struct json_reader *r, size_t size);

/* Before anything is built: nesting and number of values, so that parsing costs bounded memory. 0, or 1. */
int json_scan(const char *text, size_t len, struct problem_draft *problem);
