/* Walks protobuf bytes beside their descriptor, without unpacking anything. */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

#include "common/event/problem_draft.h"

/* 0: every record is whole and has its field's wire type, every string is UTF-8 without NUL, nesting follows the
 * schema, unknown fields stay below the limits of unpack.h. 1: not so, *problem says what and where. ERR_FATAL: see
 * limits.h. Never laxer than protobuf-c: what passes here reads the same there. */
int wire_check(const ProtobufCMessageDescriptor *d, const void *data, size_t len, struct problem_draft *problem);
