/* Protobuf messages as JSON and back, after the proto3 JSON mapping, driven by the descriptors: no code per message.
 *
 * Proto3 messages only. Of google.protobuf, Timestamp and the wrappers (Int64Value, ...) have their special form; the
 * others (Any, Duration, Struct, ...) have none here and give an error.
 *
 * Stricter than google.protobuf.json_format on purpose (each of these would hide a sender's bug): one field under both
 * of its names, an enum's number in a string, '+', '_' or other digits than 0-9 in numbers, characters outside base64,
 * times that an offset carries out of the years 0001-9999, an empty array for an object, U+0000 in text. A number above
 * 2^63 - 1 must be in a string. */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

#include "common/base/arena.h"
#include "common/base/str.h"
#include "common/event/problem.h"

/* Appends the message: lowerCamelCase names, 64-bit numbers as strings, Timestamps as RFC 3339 with 0, 3, 6 or 9
 * decimals, wrappers as bare values, bytes as base64, enums by name (unknown ones by number), defaults left out.
 * 0; or ERR_POISON, with `out` as it was, for what has no JSON form: a Timestamp outside 0001-9999, bad UTF-8. */
int json_write(struct strbuf *out, const ProtobufCMessage *m);

/* Reads a message into the arena, laid out as protobuf_c_message_unpack would; never free it. Fields by their
 * lowerCamelCase or their .proto name, 64-bit numbers in strings or bare, enums by name or number, null for a default.
 * 0; 1: refused, *ret_problem says why (its texts are in the arena) and *ret is untouched; ERR_RETRY: no memory, or the
 * arena is full; ERR_FATAL: a type that has no JSON form. The caller caps `len`. */
int json_read(struct arena *a, const ProtobufCMessageDescriptor *d, const char *text, size_t len,
              ProtobufCMessage **ret, struct field_problem *ret_problem);
