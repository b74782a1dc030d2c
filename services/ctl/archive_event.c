/* What an event of the record says of texts and evidence: their digests. */
#include <string.h>

#include "archive_private.h"
#include "common/event/topic.h"
#include "common/event/unpack.h"

const Redress__V1__ComplaintEvent *archive_event(struct arena *a, const struct journal_entry *e)
{
    struct field_problem problem;
    ProtobufCMessage *m;

    if (strcmp(e->topic, TOPIC_COMPLAINTS) != 0 ||
        event_unpack(a, &redress__v1__complaint_event__descriptor, e->payload, e->payload_len, &m, &problem) != 0)
        return NULL;
    return (const Redress__V1__ComplaintEvent *)m;
}

static void add(struct arena *a, struct promises_made *p, int64_t version, const char *field,
                const ProtobufCBinaryData *digest)
{
    if (digest->len != SHA256_BYTES)
        return;
    if (p->count == p->cap) {
        struct promised *was = p->items;

        p->cap = p->cap ? 2 * p->cap : 32;
        p->items = arena_array(a, struct promised, p->cap);
        if (p->count)
            memcpy(p->items, was, p->count * sizeof *was);
    }
    p->items[p->count] = (struct promised){ .version = version, .field = field };
    memcpy(p->items[p->count++].sha256, digest->data, SHA256_BYTES);
}

/* Evidence stands in the events as bytes called ..._sha256, one or several. */
static void add_evidence(struct arena *a, struct promises_made *out, int64_t version, const ProtobufCMessage *m)
{
    static const char suffix[] = "_sha256";

    for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
        const char *at = (const char *)m + f->offset;
        size_t len = strlen(f->name);

        if (f->type != PROTOBUF_C_TYPE_BYTES || len < sizeof suffix ||
            strcmp(f->name + len - (sizeof suffix - 1), suffix) != 0)
            continue;
        if (f->label != PROTOBUF_C_LABEL_REPEATED) {
            add(a, out, version, f->name, (const ProtobufCBinaryData *)at);
            continue;
        }
        for (size_t k = 0; k < *(const size_t *)((const char *)m + f->quantifier_offset); k++)
            add(a, out, version, arena_printf(a, "%s[%zu]", f->name, k), &(*(ProtobufCBinaryData *const *)at)[k]);
    }
}

void archive_promises(struct arena *a, const Redress__V1__ComplaintEvent *e, struct promises_made *texts,
                      struct promises_made *evidence)
{
    const ProtobufCFieldDescriptor *f =
        e->event_case ? protobuf_c_message_descriptor_get_field(e->base.descriptor, (unsigned)e->event_case) : NULL;

    if (e->event_case == REDRESS__V1__COMPLAINT_EVENT__EVENT_REGISTERED) {
        add(a, texts, e->version, "description", &e->registered->description_sha256);
        add(a, texts, e->version, "demand", &e->registered->demand_sha256);
    } else if (f) {
        add_evidence(a, evidence, e->version, *(const ProtobufCMessage *const *)((const char *)e + f->offset));
    }
    for (size_t i = 0; i < e->n_texts; i++)
        add(a, texts, e->version, e->texts[i]->field, &e->texts[i]->sha256);
}
