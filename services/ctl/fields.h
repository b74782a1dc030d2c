/* Fields of a message as one writes them on a command line, driven by the descriptors: no code per message.
 *
 *     way=phone   departments=engineering,cost   steps[0].deadline=2026-12-01T18:00:00+08:00   photo_sha256=@wall.jpg
 *
 * The message is JSON as long as fields are added; json_read (common/event) makes the message of it. */
#pragma once

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "common/base/arena.h"
#include "common/base/str.h"
#include "common/event/problem.h"

/* Sets what "path=value" says in an object that has the form of the message. Names are those of the contract in either
 * of JSON's forms; enums go by their full or short name in any case, times by RFC 3339, digests as hex digits or as
 * @FILE, which is the SHA-256 of the file. A list without an index is added to: codes, enums and digests with commas
 * between, or one at a time. 0; 1: refused, *ret_problem says why, and what there is (its texts are in the arena). */
int fields_set(struct arena *a, const ProtobufCMessageDescriptor *d, json_t *object, const char *assignment,
               struct field_problem *ret_problem);

/* The field of this name in either form; NULL if there is none. */
const ProtobufCFieldDescriptor *fields_find(const ProtobufCMessageDescriptor *d, const char *name, size_t len);
/* The object's member for it, under whichever name it has; NULL if it has none. */
json_t *fields_member(const json_t *object, const ProtobufCFieldDescriptor *f);

/* What can be set, as words "way=signature|code" to be put in lines; those that `needs` does not name (with blanks
 * between) in brackets. In the arena, NULL at the end. */
const char **fields_words(struct arena *a, const ProtobufCMessageDescriptor *d, const char *needs);
