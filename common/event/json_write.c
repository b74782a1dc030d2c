#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "json_internal.h"

static int write_message(struct strbuf *out, const ProtobufCMessage *m);

static int write_string(struct strbuf *out, const ProtobufCFieldDescriptor *f, const char *s)
{
    size_t len = s ? strlen(s) : 0;

    if (!utf8_valid(s, len))
        return err_set(ERR_POISON, "field %s is not UTF-8", f->name);
    strbuf_add_json(out, s, len);
    return 0;
}

static void write_bytes(struct strbuf *out, const ProtobufCBinaryData *b)
{
    strbuf_addc(out, '"');
    strbuf_adds(out, base64_encode(out->arena, b->data, b->len));
    strbuf_addc(out, '"');
}

static void write_enum(struct strbuf *out, const ProtobufCEnumDescriptor *d, int32_t number)
{
    const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(d, number);

    if (v)
        strbuf_printf(out, "\"%s\"", v->name);
    else
        strbuf_printf(out, "%" PRId32, number);
}

/* The fewest digits that read back as the same number. */
static void write_real(struct strbuf *out, double v, bool is_single)
{
    int digits = is_single ? 6 : 15, most = is_single ? 9 : 17;
    char text[40];

    if (isnan(v)) {
        strbuf_adds(out, "\"NaN\"");
        return;
    }
    if (isinf(v)) {
        strbuf_adds(out, v < 0 ? "\"-Infinity\"" : "\"Infinity\"");
        return;
    }
    do
        snprintf(text, sizeof text, "%.*g", digits, v);
    while ((is_single ? (double)strtof(text, NULL) : strtod(text, NULL)) != v && digits++ < most);
    strbuf_adds(out, text);
    if (v == 0 && signbit(v))
        strbuf_adds(out, ".0"); /* "-0" alone would read back as a whole number, which has no sign */
}

static int write_value(struct strbuf *out, const ProtobufCFieldDescriptor *f, const void *member)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        strbuf_printf(out, "%" PRId32, *(const int32_t *)member);
        return 0;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        strbuf_printf(out, "%" PRIu32, *(const uint32_t *)member);
        return 0;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        strbuf_printf(out, "\"%" PRId64 "\"", *(const int64_t *)member);
        return 0;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        strbuf_printf(out, "\"%" PRIu64 "\"", *(const uint64_t *)member);
        return 0;
    case PROTOBUF_C_TYPE_FLOAT:
        write_real(out, (double)*(const float *)member, true);
        return 0;
    case PROTOBUF_C_TYPE_DOUBLE:
        write_real(out, *(const double *)member, false);
        return 0;
    case PROTOBUF_C_TYPE_BOOL:
        strbuf_adds(out, *(const protobuf_c_boolean *)member ? "true" : "false");
        return 0;
    case PROTOBUF_C_TYPE_ENUM:
        write_enum(out, f->descriptor, *(const int32_t *)member);
        return 0;
    case PROTOBUF_C_TYPE_STRING:
        return write_string(out, f, *(char *const *)member);
    case PROTOBUF_C_TYPE_BYTES:
        write_bytes(out, member);
        return 0;
    case PROTOBUF_C_TYPE_MESSAGE:
        return write_message(out, *(const ProtobufCMessage *const *)member);
    }
    return err_set(ERR_FATAL, "field %s has a type unknown to protobuf-c 1.4", f->name);
}

static const void *at(const ProtobufCMessage *m, unsigned offset)
{
    return (const char *)m + offset;
}

static size_t count_of(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    return *(const size_t *)at(m, f->quantifier_offset);
}

/* Proto3 presence: a oneof knows it, everything else is present when it differs from its default. */
static bool is_present(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    static const char zero[8];
    const void *member = at(m, f->offset);

    if (f->label == PROTOBUF_C_LABEL_REPEATED)
        return count_of(m, f) > 0;
    if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return *(const uint32_t *)at(m, f->quantifier_offset) == f->id;
    if (f->type == PROTOBUF_C_TYPE_STRING)
        return *(char *const *)member && **(char *const *)member;
    if (f->type == PROTOBUF_C_TYPE_BYTES)
        return ((const ProtobufCBinaryData *)member)->len > 0;
    return memcmp(member, zero, field_size(f->type)) != 0; /* by bits, so that -0.0 stays */
}

static int write_repeated(struct strbuf *out, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    const char *items = *(const char *const *)at(m, f->offset);
    size_t count = count_of(m, f), size = field_size(f->type);

    strbuf_addc(out, '[');
    for (size_t i = 0; i < count; i++) {
        int rc;

        if (i)
            strbuf_addc(out, ',');
        rc = write_value(out, f, items + i * size);
        if (rc)
            return rc;
    }
    strbuf_addc(out, ']');
    return 0;
}

static void write_name(struct strbuf *out, const char *proto_name)
{
    size_t len = out->len;

    strbuf_addc(out, '"');
    strbuf_adds(out, proto_name); /* never shorter than its JSON name: converted where it stands */
    json_name(proto_name, out->data + len + 1);
    out->len = len + strlen(out->data + len);
    strbuf_adds(out, "\":");
}

static int write_object(struct strbuf *out, const ProtobufCMessage *m)
{
    const ProtobufCMessageDescriptor *d = m->descriptor;
    bool first = true;

    strbuf_addc(out, '{');
    for (unsigned i = 0; i < d->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &d->fields[i];
        int rc;

        if (!is_present(m, f))
            continue;
        if (!first)
            strbuf_addc(out, ',');
        first = false;
        write_name(out, f->name);
        rc = f->label == PROTOBUF_C_LABEL_REPEATED ? write_repeated(out, m, f) : write_value(out, f, at(m, f->offset));
        if (rc)
            return err_prefix(rc, "%s", d->name);
    }
    strbuf_addc(out, '}');
    return 0;
}

static int write_timestamp(struct strbuf *out, const ProtobufCMessage *m)
{
    const Google__Protobuf__Timestamp *t = (const Google__Protobuf__Timestamp *)m;
    char text[TIMESTAMP_TEXT_SIZE];

    if (!timestamp_format(t->seconds, t->nanos, text))
        return err_set(ERR_POISON, "a Timestamp outside the years 0001 to 9999, or with nanos outside 0 to 999999999");
    strbuf_printf(out, "\"%s\"", text);
    return 0;
}

static int write_message(struct strbuf *out, const ProtobufCMessage *m)
{
    const ProtobufCMessageDescriptor *d = m->descriptor;

    switch (json_shape_of(d)) {
    case JSON_SHAPE_OBJECT:
        return write_object(out, m);
    case JSON_SHAPE_TIMESTAMP:
        return write_timestamp(out, m);
    case JSON_SHAPE_WRAPPER:
        return write_value(out, d->fields, at(m, d->fields->offset));
    case JSON_SHAPE_NONE:
        break;
    }
    return err_set(ERR_FATAL, "%s has no JSON form here", d->name);
}

int json_write(struct strbuf *out, const ProtobufCMessage *m)
{
    size_t len = out->len;
    int rc = write_message(out, m);

    if (rc) {
        out->len = len;
        out->data[len] = '\0';
    }
    return rc;
}
