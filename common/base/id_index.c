#include "id_index.h"

#include <stdlib.h>
#include <string.h>

void id_index_init(struct id_index *x, struct arena *a, size_t max)
{
    *x = (struct id_index){ .ids = arena_array(a, struct uuid, max), .max = max, .slot_count = 16 };
    while (x->slot_count < max * 2)
        x->slot_count *= 2;
    x->slots = arena_array(a, unsigned, x->slot_count);
}

/* The last seven bytes of a version 7 id are random: they are their own hash. */
static size_t slot_of(const struct id_index *x, const struct uuid *id)
{
    size_t h;

    memcpy(&h, id->bytes + 8, sizeof(h));
    h = h >> 8 & (x->slot_count - 1); /* without the variant, which is in the byte before them */
    while (x->slots[h] && !uuid_eq(&x->ids[x->slots[h] - 1], id))
        h = (h + 1) & (x->slot_count - 1);
    return h;
}

size_t id_index_add(struct id_index *x, const struct uuid *id)
{
    size_t h = slot_of(x, id);

    if (!x->slots[h]) {
        if (x->count == x->max)
            abort();
        x->ids[x->count] = *id;
        x->slots[h] = (unsigned)++x->count;
    }
    return x->slots[h] - 1;
}

size_t id_index_find(const struct id_index *x, const struct uuid *id)
{
    unsigned slot = x->slots[slot_of(x, id)];

    return slot ? slot - 1 : ID_UNKNOWN;
}
