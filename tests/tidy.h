/* Included before every file that clang-tidy reads (tests/lint), never by a compiler. clang-tidy looks at one file at a
 * time: here stands what it would have to know of the others so as not to cry without cause. */
#pragma once

#include "common/base/error.h"

/* They return their first argument, which is never 0. */
#define err_set(err_class, ...)    ((err_set)(err_class, __VA_ARGS__), (err_class))
#define err_prefix(err_class, ...) ((err_prefix)(err_class, __VA_ARGS__), (err_class))

/* A walk over a table that deletes as it goes: it cannot follow the links, and takes the next for the freed one. */
#include <uthash.h>
#undef HASH_ITER
#undef HASH_DEL
#define HASH_ITER(hh, head, el, tmp) for ((el) = (head), (tmp) = NULL; (el); (el) = (tmp))
#define HASH_DEL(head, el)           ((head) = (el) == (head) ? NULL : (head))
