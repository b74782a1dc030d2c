#include "json_body.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/str.h"

json_t *json_body_parse(const void *data, size_t len)
{
    return data ? json_loadb(data, len, 0, NULL) : NULL;
}

void json_body_freep(json_t **root)
{
    json_decref(*root);
}

const char *json_body_value(struct arena *a, const json_t *value)
{
    if (json_is_string(value))
        return arena_strdup(a, json_string_value(value));
    if (json_is_integer(value))
        return arena_printf(a, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    if (json_is_real(value))
        return arena_printf(a, "%.15g", json_real_value(value));
    if (json_is_boolean(value))
        return json_is_true(value) ? "true" : "false";
    return "";
}

const char *json_body_text(struct arena *a, const json_t *object, const char *key)
{
    return json_body_value(a, json_object_get(object, key));
}

int64_t json_body_int(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    int64_t n = 0;

    if (json_is_integer(value))
        return json_integer_value(value);
    if (json_is_string(value) && parse_int64(json_string_value(value), INT64_MIN, INT64_MAX, &n))
        return n;
    return 0;
}

static const json_t *step(const json_t *at, const char *name)
{
    int64_t index;

    if (json_is_object(at))
        return json_object_get(at, name);
    if (json_is_array(at) && parse_int64(name, 0, INT32_MAX, &index))
        return json_array_get(at, (size_t)index);
    return NULL;
}

const json_t *json_body_at(const json_t *root, const char *pointer)
{
    char name[128];

    while (root && *pointer == '/') {
        size_t len = strcspn(++pointer, "/");

        if (len >= sizeof name)
            return NULL;
        memcpy(name, pointer, len);
        name[len] = '\0';
        root = step(root, name);
        pointer += len;
    }
    return *pointer ? NULL : root;
}
