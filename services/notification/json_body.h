/* JSON that others send: read by jansson, values taken out into the arena. */
#pragma once

#include <jansson.h>

#include "common/base/arena.h"

/* NULL: it is none. `_cleanup_(json_body_freep) json_t *root = ...` */
json_t *json_body_parse(const void *data, size_t len);
void json_body_freep(json_t **root);

/* A member as text: strings, numbers, true and false. "" where there is none or it is something else. */
const char *json_body_text(struct arena *a, const json_t *object, const char *key);
/* The same of a value. */
const char *json_body_value(struct arena *a, const json_t *value);
/* A member as a whole number; also one that stands there as a string. 0 where there is none. */
int64_t json_body_int(const json_t *object, const char *key);
/* What stands at "/a/0/b"; "" is the root itself. NULL: nothing. */
const json_t *json_body_at(const json_t *root, const char *pointer);
