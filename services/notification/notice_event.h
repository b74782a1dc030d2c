/* What can be told of: the events of the contract by their names, and their fields by the descriptors. Pure.
 *
 * An event is "registered" for a member of ComplaintEvent and "sla.breached" for one of SlaEvent. */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "common/base/arena.h"

/* All of them in the order of the contract; a list in the arena, NULL at the end. */
const char *const *notice_events(struct arena *a);
/* The event's own message; NULL: there is no such event. */
const ProtobufCMessageDescriptor *notice_event_message(const char *event);
bool notice_event_is_clock(const char *event);

/* A field that conditions may name: of the event's own message, or of a clock's event also of its point and of the
 * clock itself. Texts, numbers, truth values and enums, one or a list of them. *ret_in says in which message it stands.
 * NULL: there is none. */
enum notice_field_in { NOTICE_IN_EVENT, NOTICE_IN_POINT, NOTICE_IN_CLOCK };
const ProtobufCFieldDescriptor *notice_event_field(const char *event, const char *field, enum notice_field_in *ret_in);
/* The names of these fields in the arena, NULL at the end. */
const char *const *notice_event_fields(struct arena *a, const char *event);
