/* Numbers ids 0, 1, 2, ... in the order in which they come and finds the number again in constant time. What belongs to
 * an id is the user's: an array of rows of its own, under the same numbers. */
#pragma once

#include "arena.h"
#include "uuid.h"

#define ID_UNKNOWN ((size_t)-1)

struct id_index {
    struct uuid *ids; /* by number */
    size_t count, max;
    unsigned *slots; /* open hash: number + 1 */
    size_t slot_count;
};

/* For at most `max` ids; lives as long as the arena. */
void id_index_init(struct id_index *x, struct arena *a, size_t max);
/* The number of this id, a new one if it has none; aborts beyond the maximum. */
size_t id_index_add(struct id_index *x, const struct uuid *id);
/* The number of this id, or ID_UNKNOWN. */
size_t id_index_find(const struct id_index *x, const struct uuid *id);
