/* The facts of the proto3 JSON mapping: names, and the types with a form of their own. */
#include "json_internal.h"

#include <string.h>

#include "common/base/clock.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "google/protobuf/wrappers.pb-c.h"

#define SECONDS_MIN INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define SECONDS_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define FRACTION_AT 19                    /* strlen("2026-09-18T15:00:00") */

static const ProtobufCMessageDescriptor *const wrappers[] = {
    &google__protobuf__double_value__descriptor, &google__protobuf__float_value__descriptor,
    &google__protobuf__int64_value__descriptor,  &google__protobuf__uint64_value__descriptor,
    &google__protobuf__int32_value__descriptor,  &google__protobuf__uint32_value__descriptor,
    &google__protobuf__bool_value__descriptor,   &google__protobuf__string_value__descriptor,
    &google__protobuf__bytes_value__descriptor,
};

enum json_shape json_shape_of(const ProtobufCMessageDescriptor *d)
{
    if (strcmp(d->package_name, "google.protobuf") != 0)
        return JSON_SHAPE_OBJECT;
    if (d == &google__protobuf__timestamp__descriptor)
        return JSON_SHAPE_TIMESTAMP;
    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++)
        if (d == wrappers[i])
            return JSON_SHAPE_WRAPPER;
    return JSON_SHAPE_NONE;
}

static char capital(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

void json_name(const char *proto_name, char *out)
{
    for (bool up = false; *proto_name; proto_name++) {
        if (*proto_name != '_')
            *out++ = up ? capital(*proto_name) : *proto_name;
        up = *proto_name == '_';
    }
    *out = '\0';
}

static bool camel_matches(const char *proto_name, const char *key)
{
    for (bool up = false; *proto_name; proto_name++) {
        if (*proto_name != '_' && *key++ != (up ? capital(*proto_name) : *proto_name))
            return false;
        up = *proto_name == '_';
    }
    return *key == '\0';
}

bool json_name_matches(const char *proto_name, const char *key)
{
    return strcmp(proto_name, key) == 0 || camel_matches(proto_name, key);
}

bool timestamp_format(int64_t seconds, int32_t nanos, char out[TIMESTAMP_TEXT_SIZE])
{
    char digits[16];
    int n;

    if (seconds < SECONDS_MIN || seconds > SECONDS_MAX || nanos < 0 || nanos > 999999999)
        return false;
    rfc3339_format(seconds * 1000000, out);
    if (nanos == 0)
        return true;
    n = nanos % 1000000 == 0 ? 3 : nanos % 1000 == 0 ? 6 : 9;
    snprintf(digits, sizeof digits, "%09d", (int)nanos);
    snprintf(out + FRACTION_AT, TIMESTAMP_TEXT_SIZE - FRACTION_AT, ".%.*sZ", n, digits);
    return true;
}

enum timestamp_result timestamp_parse(const char *text, size_t len, int64_t *ret_seconds, int32_t *ret_nanos)
{
    int64_t at_us, seconds;
    int32_t nanos = 0, unit = 100000000;

    /* RFC 3339 allows small letters, the mapping does not. */
    if (!rfc3339_parse(text, len, &at_us) || text[10] != 'T' || text[len - 1] == 'z')
        return TIMESTAMP_MALFORMED;
    if (len > FRACTION_AT && text[FRACTION_AT] == '.')
        for (size_t i = FRACTION_AT + 1; i < len && text[i] >= '0' && text[i] <= '9'; i++, unit /= 10)
            nanos += (text[i] - '0') * unit;
    seconds = at_us / 1000000 - (at_us % 1000000 < 0);
    if (seconds < SECONDS_MIN || seconds > SECONDS_MAX)
        return TIMESTAMP_OUT_OF_RANGE;
    *ret_seconds = seconds;
    *ret_nanos = nanos;
    return TIMESTAMP_OK;
}

size_t field_size(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM:
        return 4;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    }
    return sizeof(void *);
}
