/* Protobuf bytes from outside into messages, with bounded memory and nothing hidden in them.
 *
 * protobuf-c alone keeps every unknown field (2 MB of them cost 58 MB), takes text that is not UTF-8, and cuts text at
 * the first NUL. So the bytes are walked first, and then unpacked with memory of a budget. */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

#include "common/base/arena.h"
#include "common/event/problem.h"

#define UNPACK_UNKNOWN_FIELDS_MAX 64
#define UNPACK_UNKNOWN_BYTES_MAX  65536
#define UNPACK_MEMORY_MAX         ((size_t)8 << 20)

/* The memory that a record of this many bytes may take when unpacked: 16 times its size and 64 KB, 8 MB at most. */
size_t unpack_budget(size_t len);

/* Unpacks into the arena; never free the message. 0; 1: refused, *ret_problem says why (its texts are in the arena) and
 * *ret is untouched; ERR_RETRY: the arena is full; ERR_FATAL: the schema is larger than limits.h allows. */
int event_unpack(struct arena *a, const ProtobufCMessageDescriptor *d, const void *data, size_t len,
                 ProtobufCMessage **ret, struct field_problem *ret_problem);

/* The message's bytes in the arena; aborts beyond its cap. Never NULL. */
void *event_pack(struct arena *a, const ProtobufCMessage *m, size_t *ret_len);
