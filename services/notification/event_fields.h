/* The fields of an event's message by their names, whatever the message is: for conditions of routes, for whom an event
 * names, and for the facts of templates. */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "common/base/arena.h"

/* One value of a field: enums as small letters without their prefix, booleans as true and false, numbers in decimal.
 * "" for a message-typed one. */
const char *event_field_value(struct arena *a, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, size_t i);
/* How many values it has: of a single one 1, or 0 where a message or a wrapper is absent. */
size_t event_field_count(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f);
/* The message of a message-typed field; NULL: absent, or of another type. */
const ProtobufCMessage *event_field_message(const ProtobufCMessage *m, const char *name);
const ProtobufCFieldDescriptor *event_field(const ProtobufCMessage *m, const char *name);
/* The number of an integer or of a wrapper (Int64Value); false: it is none, or absent. */
bool event_field_number(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, int64_t *ret);
/* The message that stands in the oneof `event` of a ComplaintEvent or SlaEvent, and its member's name; NULL: none that
 * we know. */
const ProtobufCMessage *event_member(const ProtobufCMessage *event, const char **ret_name);
