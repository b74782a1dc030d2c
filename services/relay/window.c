#include "window.h"

#include <stdlib.h>

void window_init(struct window *w, size_t size, size_t max_bytes)
{
    *w = (struct window){ .slots = calloc(size, sizeof *w->slots), .size = size, .max_bytes = max_bytes };
    if (!w->slots || (size & (size - 1)))
        abort();
}

void window_done(struct window *w)
{
    free(w->slots);
    *w = (struct window){ 0 };
}

void window_clear(struct window *w)
{
    w->first = w->next;
    w->bytes = 0;
    w->failed = false;
}

bool window_has_room(const struct window *w, size_t bytes)
{
    if (window_count(w) == 0)
        return true;
    return window_count(w) < w->size && w->bytes + bytes <= w->max_bytes;
}

static struct slot *at(const struct window *w, uint64_t number)
{
    return &w->slots[number & (w->size - 1)];
}

uint64_t window_push(struct window *w, const struct slot *slot)
{
    if (window_count(w) == w->size)
        abort();
    *at(w, w->next) = *slot;
    w->bytes += slot->bytes;
    return w->next++;
}

const struct slot *window_settle(struct window *w, uint64_t number, enum slot_state state)
{
    if (number < w->first || number >= w->next)
        return NULL;
    at(w, number)->state = state;
    if (state == SLOT_FAILED)
        w->failed = true;
    return at(w, number);
}

bool window_advance(struct window *w, int64_t *ret_batch, int32_t *ret_ord, size_t *ret_count)
{
    uint64_t start = w->first;

    for (; w->first < w->next && at(w, w->first)->state == SLOT_DONE; w->first++) {
        const struct slot *s = at(w, w->first);

        w->bytes -= s->bytes;
        *ret_batch = s->batch;
        *ret_ord = s->ord;
    }
    *ret_count = (size_t)(w->first - start);
    return w->first > start;
}

bool window_failures(const struct window *w, struct slot *ret_first, struct slot *ret_last)
{
    bool found = false;

    for (uint64_t n = w->first; n < w->next; n++) {
        if (at(w, n)->state != SLOT_FAILED)
            continue;
        if (!found)
            *ret_first = *at(w, n);
        *ret_last = *at(w, n);
        found = true;
    }
    return found;
}
