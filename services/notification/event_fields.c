#include "event_fields.h"

#include <google/protobuf/wrappers.pb-c.h>
#include <inttypes.h>
#include <string.h>

#include "common/event/words.h"

const ProtobufCFieldDescriptor *event_field(const ProtobufCMessage *m, const char *name)
{
    return protobuf_c_message_descriptor_get_field_by_name(m->descriptor, name);
}

static const void *place_of(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    return (const char *)m + f->offset;
}

/* Proto3 says of a scalar nothing when it has its default: it has a value all the same. */
size_t event_field_count(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    if (f->label == PROTOBUF_C_LABEL_REPEATED)
        return *(const size_t *)((const char *)m + f->quantifier_offset);
    if (f->type == PROTOBUF_C_TYPE_MESSAGE)
        return *(ProtobufCMessage *const *)place_of(m, f) != NULL;
    return 1;
}

static size_t size_of(const ProtobufCFieldDescriptor *f)
{
    static const struct {
        ProtobufCType type;
        size_t size;
    } sizes[] = { { PROTOBUF_C_TYPE_INT32, 4 },
                  { PROTOBUF_C_TYPE_ENUM, sizeof(int) },
                  { PROTOBUF_C_TYPE_INT64, 8 },
                  { PROTOBUF_C_TYPE_BOOL, sizeof(protobuf_c_boolean) },
                  { PROTOBUF_C_TYPE_STRING, sizeof(char *) },
                  { PROTOBUF_C_TYPE_MESSAGE, sizeof(void *) },
                  { PROTOBUF_C_TYPE_BYTES, sizeof(ProtobufCBinaryData) } };

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i].type == f->type)
            return sizes[i].size;
    return 0; /* no event has a field of another type: a test sees to it */
}

static const void *item(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, size_t i)
{
    if (f->label != PROTOBUF_C_LABEL_REPEATED)
        return place_of(m, f);
    return *(const char *const *)place_of(m, f) + i * size_of(f);
}

const char *event_field_value(struct arena *a, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, size_t i)
{
    const void *at = item(m, f, i);
    int64_t number;

    if (f->type == PROTOBUF_C_TYPE_STRING)
        return *(const char *const *)at ? *(const char *const *)at : "";
    if (f->type == PROTOBUF_C_TYPE_BOOL)
        return *(const protobuf_c_boolean *)at ? "true" : "false";
    if (f->type == PROTOBUF_C_TYPE_ENUM)
        return enum_code(a, f->descriptor, *(const int *)at);
    if (f->type == PROTOBUF_C_TYPE_INT32)
        return arena_printf(a, "%" PRId32, *(const int32_t *)at);
    if (event_field_number(m, f, &number))
        return arena_printf(a, "%" PRId64, number);
    return "";
}

bool event_field_number(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, int64_t *ret)
{
    const ProtobufCMessage *wrapper;

    if (f->label == PROTOBUF_C_LABEL_REPEATED)
        return false;
    if (f->type == PROTOBUF_C_TYPE_INT32)
        *ret = *(const int32_t *)place_of(m, f);
    else if (f->type == PROTOBUF_C_TYPE_INT64)
        *ret = *(const int64_t *)place_of(m, f);
    else if (f->type != PROTOBUF_C_TYPE_MESSAGE || !(wrapper = *(ProtobufCMessage *const *)place_of(m, f)))
        return false;
    else if (wrapper->descriptor == &google__protobuf__int64_value__descriptor)
        *ret = ((const Google__Protobuf__Int64Value *)wrapper)->value;
    else if (wrapper->descriptor == &google__protobuf__int32_value__descriptor)
        *ret = ((const Google__Protobuf__Int32Value *)wrapper)->value;
    else
        return false;
    return true;
}

const ProtobufCMessage *event_field_message(const ProtobufCMessage *m, const char *name)
{
    const ProtobufCFieldDescriptor *f = event_field(m, name);

    if (!f || f->type != PROTOBUF_C_TYPE_MESSAGE || f->label == PROTOBUF_C_LABEL_REPEATED)
        return NULL;
    return *(ProtobufCMessage *const *)place_of(m, f);
}

const ProtobufCMessage *event_member(const ProtobufCMessage *event, const char **ret_name)
{
    const ProtobufCMessageDescriptor *d = event->descriptor;

    for (unsigned i = 0; i < d->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &d->fields[i];

        if (!(f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) ||
            *(const uint32_t *)((const char *)event + f->quantifier_offset) != f->id)
            continue;
        *ret_name = f->name;
        return *(ProtobufCMessage *const *)place_of(event, f);
    }
    return NULL;
}
