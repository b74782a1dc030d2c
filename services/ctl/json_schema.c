#include "json_schema.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/event/json_internal.h"
#include "common/event/pii.h"

json_t *json_schema_ref(const ProtobufCMessageDescriptor *d)
{
    char path[256];

    snprintf(path, sizeof path, "#/components/schemas/%s", d->short_name);
    return json_pack("{ss}", "$ref", path);
}

/* Written as text, read as a number too. */
static json_t *int64_schema(void)
{
    return json_pack("{s[ss]ssss}", "type", "string", "integer", "format", "int64", "pattern", "^-?[0-9]{1,19}$");
}

static json_t *uint64_schema(void)
{
    return json_pack("{s[ss]ssss}", "type", "string", "integer", "format", "uint64", "pattern", "^[0-9]{1,20}$");
}

static json_t *enum_schema(const ProtobufCEnumDescriptor *d)
{
    json_t *names = json_array();

    for (unsigned i = 0; i < d->n_values; i++)
        json_array_append_new(names, json_string(d->values[i].name));
    return json_pack("{ssso}", "type", "string", "enum", names);
}

static json_t *field_schema(const ProtobufCFieldDescriptor *f);

static json_t *message_schema(const ProtobufCMessageDescriptor *d)
{
    switch (json_shape_of(d)) {
    case JSON_SHAPE_TIMESTAMP:
        return json_pack("{ssss}", "type", "string", "format", "date-time");
    case JSON_SHAPE_WRAPPER:
        return field_schema(&d->fields[0]);
    case JSON_SHAPE_OBJECT:
    case JSON_SHAPE_NONE:
        break;
    }
    return json_schema_ref(d);
}

static json_t *field_schema(const ProtobufCFieldDescriptor *f)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return json_pack("{sssisi}", "type", "integer", "minimum", INT32_MIN, "maximum", INT32_MAX);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return json_pack("{sssisI}", "type", "integer", "minimum", 0, "maximum", (json_int_t)UINT32_MAX);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return int64_schema();
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return uint64_schema();
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        return json_pack("{s[ss]}", "type", "number", "string");
    case PROTOBUF_C_TYPE_BOOL:
        return json_pack("{ss}", "type", "boolean");
    case PROTOBUF_C_TYPE_ENUM:
        return enum_schema(f->descriptor);
    case PROTOBUF_C_TYPE_BYTES:
        return json_pack("{ssss}", "type", "string", "contentEncoding", "base64");
    case PROTOBUF_C_TYPE_MESSAGE:
        return message_schema(f->descriptor);
    case PROTOBUF_C_TYPE_STRING:
        break;
    }
    return json_pack("{ss}", "type", "string");
}

static json_t *properties_of(const ProtobufCMessageDescriptor *d)
{
    json_t *properties = json_object();
    char name[256];

    for (unsigned i = 0; i < d->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &d->fields[i];
        json_t *schema = field_schema(f);

        if (strlen(f->name) >= sizeof name)
            continue; /* no field of ours: EVENT names are short */
        json_name(f->name, name);
        if (pii_is(d, f->name))
            json_object_set_new(schema, "x-pii", json_true());
        if (f->label == PROTOBUF_C_LABEL_REPEATED)
            schema = json_pack("{ssso}", "type", "array", "items", schema);
        json_object_set_new(properties, name, schema);
    }
    return properties;
}

/* One member of a oneof is there; our messages have at most one oneof. */
static json_t *members_of(const ProtobufCMessageDescriptor *d)
{
    json_t *members = json_array();
    char name[256];

    for (unsigned i = 0; i < d->n_fields; i++)
        if ((d->fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF) && strlen(d->fields[i].name) < sizeof name) {
            json_name(d->fields[i].name, name);
            json_array_append_new(members, json_pack("{s[s]}", "required", name));
        }
    return members;
}

void json_schema_add(json_t *schemas, const ProtobufCMessageDescriptor *d, bool closed)
{
    json_t *schema, *members;

    if (json_shape_of(d) != JSON_SHAPE_OBJECT || json_object_get(schemas, d->short_name))
        return;
    schema = json_pack("{sssssoso}", "type", "object", "x-protobuf", d->name, "additionalProperties",
                       json_boolean(!closed), "properties", properties_of(d));
    members = members_of(d);
    if (json_array_size(members))
        json_object_set(schema, "oneOf", members);
    json_decref(members);
    json_object_set_new(schemas, d->short_name, schema);
    for (unsigned i = 0; i < d->n_fields; i++)
        if (d->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
            json_schema_add(schemas, d->fields[i].descriptor, closed);
}
