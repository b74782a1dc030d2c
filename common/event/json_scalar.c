/* JSON values into single numbers, bools, enums, strings and bytes. */
#include "json_internal.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/str.h"

static const char *kind_of(const json_t *v)
{
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        return "null";
    }
    return "something else";
}

int json_wrong_type(struct json_reader *r, const struct field_path *path, const char *expected, const json_t *v)
{
    return problem_note(&r->problem, path, "wrong_type", "expected %s, found %s", expected, kind_of(v));
}

void *json_alloc(struct json_reader *r, size_t size)
{
    void *p = arena_alloc(r->arena, size);

    if (!p)
        err_set(ERR_RETRY, "no room in the batch's memory for a JSON message");
    return p;
}

/* A whole number as sign and magnitude, wide enough for each of the eight integer types. */
struct whole {
    bool negative;
    uint64_t magnitude;
};

enum number_result { NUMBER_OK, NUMBER_MALFORMED, NUMBER_OUT_OF_RANGE };

static enum number_result whole_from_text(const char *s, size_t len, struct whole *ret)
{
    size_t i = len > 0 && s[0] == '-';
    bool overflow = false;

    *ret = (struct whole){ .negative = i == 1 };
    if (i == len)
        return NUMBER_MALFORMED;
    for (; i < len; i++) {
        if (s[i] < '0' || s[i] > '9')
            return NUMBER_MALFORMED;
        overflow |= __builtin_mul_overflow(ret->magnitude, 10u, &ret->magnitude);
        overflow |= __builtin_add_overflow(ret->magnitude, (uint64_t)(s[i] - '0'), &ret->magnitude);
    }
    return overflow ? NUMBER_OUT_OF_RANGE : NUMBER_OK;
}

static enum number_result whole_from_real(double v, struct whole *ret)
{
    if (!isfinite(v) || trunc(v) != v)
        return NUMBER_MALFORMED;
    if (fabs(v) >= 0x1p64)
        return NUMBER_OUT_OF_RANGE;
    *ret = (struct whole){ v < 0, (uint64_t)fabs(v) };
    return NUMBER_OK;
}

static enum number_result whole_from_json(const json_t *v, struct whole *ret)
{
    if (json_is_string(v))
        return whole_from_text(json_string_value(v), json_string_length(v), ret);
    if (json_is_real(v))
        return whole_from_real(json_real_value(v), ret);
    if (json_is_integer(v)) {
        json_int_t i = json_integer_value(v);
        *ret = (struct whole){ i < 0, i < 0 ? 0 - (uint64_t)i : (uint64_t)i };
        return NUMBER_OK;
    }
    return NUMBER_MALFORMED;
}

/* max is the largest value; signed types go one further below zero. *ret holds the two's complement. */
static int read_whole(struct json_reader *r, const struct field_path *path, const json_t *v, uint64_t max,
                      bool is_signed, uint64_t *ret)
{
    struct whole w = { 0 };
    enum number_result result = whole_from_json(v, &w);

    if (result == NUMBER_MALFORMED && (json_is_string(v) || json_is_real(v)))
        return problem_note(&r->problem, path, "wrong_type", "expected a whole number");
    if (result == NUMBER_MALFORMED)
        return json_wrong_type(r, path, "a whole number", v);
    if (result == NUMBER_OUT_OF_RANGE || w.magnitude > (w.negative ? (is_signed ? max + 1 : 0) : max))
        return problem_note(&r->problem, path, "out_of_range", "the number must lie between %s%llu and %llu",
                            is_signed ? "-" : "", is_signed ? (unsigned long long)max + 1 : 0, (unsigned long long)max);
    *ret = w.negative ? 0 - w.magnitude : w.magnitude;
    return 0;
}

static size_t digits(const char *s)
{
    return strspn(s, "0123456789");
}

/* strtod takes more than JSON does: hexadecimal, spaces, "inf". */
static bool is_number(const char *s)
{
    size_t n;

    s += *s == '-';
    n = digits(s);
    if (n == 0)
        return false;
    s += n;
    if (*s == '.') {
        n = digits(s + 1);
        if (n == 0)
            return false;
        s += n + 1;
    }
    if (*s == 'e' || *s == 'E') {
        s += s[1] == '+' || s[1] == '-' ? 2 : 1;
        n = digits(s);
        if (n == 0)
            return false;
        s += n;
    }
    return *s == '\0';
}

static bool is_named_real(const char *s, double *ret)
{
    static const struct {
        const char *name;
        double value;
    } named[] = { { "NaN", NAN }, { "Infinity", INFINITY }, { "-Infinity", -INFINITY } };

    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strcmp(s, named[i].name) == 0) {
            *ret = named[i].value;
            return true;
        }
    return false;
}

static int read_real(struct json_reader *r, const struct field_path *path, const json_t *v, double max, double *ret)
{
    double d;

    if (json_is_string(v)) {
        if (is_named_real(json_string_value(v), ret))
            return 0;
        if (!is_number(json_string_value(v)))
            return problem_note(&r->problem, path, "wrong_type", "expected a number");
        d = strtod(json_string_value(v), NULL);
    } else if (json_is_number(v)) {
        d = json_number_value(v);
    } else {
        return json_wrong_type(r, path, "a number", v);
    }
    if (fabs(d) > max)
        return problem_note(&r->problem, path, "out_of_range", "the number is too large for the field");
    *ret = d;
    return 0;
}

static int read_enum(struct json_reader *r, const struct field_path *path, const ProtobufCEnumDescriptor *d,
                     const json_t *v, uint64_t *ret)
{
    const ProtobufCEnumValue *value;

    if (json_is_number(v))
        return read_whole(r, path, v, INT32_MAX, true, ret);
    if (!json_is_string(v))
        return json_wrong_type(r, path, "a name or a number of the enum", v);
    value = protobuf_c_enum_descriptor_get_value_by_name(d, json_string_value(v));
    if (!value)
        return problem_note(&r->problem, path, "unknown_enum", "not a value of %s", d->name);
    *ret = (uint64_t)(int64_t)value->value;
    return 0;
}

static int read_string(struct json_reader *r, const struct field_path *path, const json_t *v, char **ret)
{
    size_t size;
    char *copy;

    if (!json_is_string(v))
        return json_wrong_type(r, path, "a string", v);
    size = json_string_length(v) + 1;
    copy = json_alloc(r, size);
    if (!copy)
        return ERR_RETRY;
    *ret = memcpy(copy, json_string_value(v), size);
    return 0;
}

static int read_bytes(struct json_reader *r, const struct field_path *path, const json_t *v, ProtobufCBinaryData *ret)
{
    struct arena_mark mark = arena_mark(r->arena);
    void *data;
    size_t len = 0;

    if (!json_is_string(v))
        return json_wrong_type(r, path, "bytes in base64", v);
    /* base64_decode tells a full arena and malformed text by the same NULL. */
    if (!json_alloc(r, json_string_length(v) + 1))
        return ERR_RETRY;
    arena_rewind(r->arena, mark);
    data = base64_decode(r->arena, json_string_value(v), json_string_length(v), &len);
    if (!data)
        return problem_note(&r->problem, path, "wrong_type", "expected bytes in base64");
    *ret = (ProtobufCBinaryData){ len, len ? data : NULL };
    return 0;
}

static int read_number(struct json_reader *r, const struct field_path *path, const ProtobufCFieldDescriptor *f,
                       const json_t *v, void *member)
{
    bool is_signed = f->type <= PROTOBUF_C_TYPE_SFIXED64; /* protobuf-c lists the signed types first */
    bool wide = field_size(f->type) == 8;
    uint64_t max = wide ? UINT64_MAX : UINT32_MAX, n;
    uint32_t narrow;
    int rc = f->type == PROTOBUF_C_TYPE_ENUM ? read_enum(r, path, f->descriptor, v, &n)
                                             : read_whole(r, path, v, is_signed ? max / 2 : max, is_signed, &n);

    if (rc)
        return rc;
    narrow = (uint32_t)n;
    if (wide)
        memcpy(member, &n, sizeof n);
    else
        memcpy(member, &narrow, sizeof narrow);
    return 0;
}

static int read_float(struct json_reader *r, const struct field_path *path, const json_t *v, float *ret)
{
    double d;
    int rc = read_real(r, path, v, 0x1.fffffefffffffp127, &d); /* above FLT_MAX, but rounds to it */

    if (rc == 0)
        *ret = (float)d;
    return rc;
}

static int read_bool(struct json_reader *r, const struct field_path *path, const json_t *v, protobuf_c_boolean *ret)
{
    if (!json_is_boolean(v))
        return json_wrong_type(r, path, "true or false", v);
    *ret = json_is_true(v);
    return 0;
}

int json_read_scalar(struct json_reader *r, const struct field_path *path, const ProtobufCFieldDescriptor *f,
                     const json_t *v, void *member)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_ENUM:
        return read_number(r, path, f, v, member);
    case PROTOBUF_C_TYPE_FLOAT:
        return read_float(r, path, v, member);
    case PROTOBUF_C_TYPE_DOUBLE:
        return read_real(r, path, v, DBL_MAX, member);
    case PROTOBUF_C_TYPE_BOOL:
        return read_bool(r, path, v, member);
    case PROTOBUF_C_TYPE_STRING:
        return read_string(r, path, v, member);
    case PROTOBUF_C_TYPE_BYTES:
        return read_bytes(r, path, v, member);
    case PROTOBUF_C_TYPE_MESSAGE:
        break;
    }
    return err_set(ERR_FATAL, "field %s is not a scalar", f->name);
}
