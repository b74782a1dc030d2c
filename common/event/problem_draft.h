/* How the readers of this folder put a field_problem together. Their codes:
 *   unknown_field    no such field (JSON), or too many fields that the schema does not know (protobuf)
 *   wrong_type       a value of another kind than the field's
 *   out_of_range     a number or a time that the field cannot hold
 *   unknown_enum     a name that the enum does not have
 *   invalid_utf8     text that is not UTF-8, or holds the character U+0000
 *   undecodable      not JSON, or not protobuf
 *   too_deep         nested deeper than anything in the schema
 *   too_large        more values than a message may have, or more memory than its size justifies
 *   duplicate_field  a field twice, or two members of a oneof */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/base/arena.h"
#include "common/event/problem.h"

/* Where a reader stands in a message: a chain from the field up to the root, whose `name` is NULL. */
struct field_path {
    const struct field_path *up;
    const char *name;
    bool repeated;
    size_t index;
};

/* A problem before it is handed out: outside the arena, so that the arena can be rewound in between. */
struct problem_draft {
    char path[256];
    const char *code;
    char message[256];
};

/* Fills the draft and returns 1, so that `return problem_note(...)` reads well. Names that came from outside are cut to
 * 64 bytes each and lose their control characters. */
int problem_note(struct problem_draft *draft, const struct field_path *path, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Copies the draft into the arena; with an arena that is full the texts are left empty, the code never is. */
void problem_give(const struct problem_draft *draft, struct arena *a, struct field_problem *ret);
