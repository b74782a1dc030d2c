#include "notice_event.h"

#include <string.h>

#include "redress/v1/complaint_event.pb-c.h"
#include "redress/v1/sla_event.pb-c.h"

#define CLOCK_PREFIX "sla."

bool notice_event_is_clock(const char *event)
{
    return strncmp(event, CLOCK_PREFIX, strlen(CLOCK_PREFIX)) == 0;
}

static bool is_event(const ProtobufCFieldDescriptor *f)
{
    return f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
}

const char *const *notice_events(struct arena *a)
{
    const ProtobufCMessageDescriptor *complaint = &redress__v1__complaint_event__descriptor;
    const ProtobufCMessageDescriptor *clock = &redress__v1__sla_event__descriptor;
    const char **all = arena_array(a, const char *, complaint->n_fields + clock->n_fields + 1);
    size_t n = 0;

    for (unsigned i = 0; i < complaint->n_fields; i++)
        if (is_event(&complaint->fields[i]))
            all[n++] = complaint->fields[i].name;
    for (unsigned i = 0; i < clock->n_fields; i++)
        if (is_event(&clock->fields[i]))
            all[n++] = arena_printf(a, CLOCK_PREFIX "%s", clock->fields[i].name);
    return all;
}

const ProtobufCMessageDescriptor *notice_event_message(const char *event)
{
    bool clock = notice_event_is_clock(event);
    const ProtobufCMessageDescriptor *of =
        clock ? &redress__v1__sla_event__descriptor : &redress__v1__complaint_event__descriptor;
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field_by_name(of, clock ? event + strlen(CLOCK_PREFIX) : event);

    return f && is_event(f) ? f->descriptor : NULL;
}

/* ---- fields ---- */

static bool can_be_named(const ProtobufCFieldDescriptor *f)
{
    return f->type != PROTOBUF_C_TYPE_MESSAGE && f->type != PROTOBUF_C_TYPE_BYTES;
}

static const ProtobufCFieldDescriptor *field_of(const ProtobufCMessageDescriptor *d, const char *name)
{
    const ProtobufCFieldDescriptor *f = d ? protobuf_c_message_descriptor_get_field_by_name(d, name) : NULL;

    return f && can_be_named(f) ? f : NULL;
}

/* The three messages in which a condition's field may stand; NULL where the event has none. */
static void messages_of(const char *event, const ProtobufCMessageDescriptor *ret[3])
{
    bool clock = notice_event_is_clock(event);
    const ProtobufCMessageDescriptor *own = notice_event_message(event);
    const ProtobufCFieldDescriptor *point =
        clock && own ? protobuf_c_message_descriptor_get_field_by_name(own, "point") : NULL;

    ret[NOTICE_IN_EVENT] = own;
    ret[NOTICE_IN_POINT] = point ? point->descriptor : NULL;
    ret[NOTICE_IN_CLOCK] = clock && own ? &redress__v1__promised_clock__descriptor : NULL;
}

const ProtobufCFieldDescriptor *notice_event_field(const char *event, const char *field, enum notice_field_in *ret_in)
{
    const ProtobufCMessageDescriptor *in[3];

    messages_of(event, in);
    for (int i = 0; i < 3; i++) {
        const ProtobufCFieldDescriptor *f = field_of(in[i], field);

        if (!f)
            continue;
        *ret_in = (enum notice_field_in)i;
        return f;
    }
    return NULL;
}

const char *const *notice_event_fields(struct arena *a, const char *event)
{
    const ProtobufCMessageDescriptor *in[3];
    const char **all;
    size_t n = 0, room = 1;

    messages_of(event, in);
    for (int i = 0; i < 3; i++)
        room += in[i] ? in[i]->n_fields : 0;
    all = arena_array(a, const char *, room);
    for (int i = 0; i < 3; i++)
        for (unsigned j = 0; in[i] && j < in[i]->n_fields; j++)
            if (can_be_named(&in[i]->fields[j]))
                all[n++] = in[i]->fields[j].name;
    return all;
}
