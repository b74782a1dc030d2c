#include "pii.h"

#include <string.h>

/* clang-format off */
const struct pii_field pii_fields[] = {
    { "redress.v1.Complainant", "name" },
    { "redress.v1.Complainant", "phone" },
    { "redress.v1.Complainant", "email" },
    { "redress.v1.Complainant", "address" },
    { "redress.v1.Call",        "caller" },
    { "redress.v1.Submission",  "unit" },
    { "redress.v1.Submission",  "description" },
    { "redress.v1.Submission",  "goods_or_service" },
    { "redress.v1.Submission",  "demand" },
    { 0 },
};
/* clang-format on */

bool pii_is(const ProtobufCMessageDescriptor *message, const char *field)
{
    for (const struct pii_field *f = pii_fields; f->message; f++)
        if (strcmp(f->message, message->name) == 0 && strcmp(f->field, field) == 0)
            return true;
    return false;
}

static void mask_text(char **text)
{
    static char masked[] = "***";

    if (*text && **text)
        *text = masked;
}

static void mask_field(ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    void *member = (char *)m + f->offset;
    size_t count = f->label == PROTOBUF_C_LABEL_REPEATED ? *(size_t *)((char *)m + f->quantifier_offset) : 1;
    void **values = f->label == PROTOBUF_C_LABEL_REPEATED ? *(void ***)member : (void **)member;

    if ((f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) && *(uint32_t *)((char *)m + f->quantifier_offset) != f->id)
        return;
    for (size_t i = 0; i < count; i++)
        if (f->type == PROTOBUF_C_TYPE_STRING)
            mask_text((char **)&values[i]);
        else if (values[i])
            pii_mask(values[i]);
}

void pii_mask(ProtobufCMessage *m)
{
    for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];

        if (f->type == PROTOBUF_C_TYPE_MESSAGE || (f->type == PROTOBUF_C_TYPE_STRING && pii_is(m->descriptor, f->name)))
            mask_field(m, f);
    }
}
