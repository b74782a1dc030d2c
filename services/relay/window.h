/* What is on its way to Kafka: entries in journal order, acknowledged in any order, done up to the first that is not.
 * A ring of fixed size. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum slot_state { SLOT_SENT, SLOT_DONE, SLOT_FAILED };

struct tail_partition;

struct slot {
    int64_t batch;
    int32_t ord;
    enum slot_state state;
    size_t bytes;
    int64_t recorded_at_us;           /* of the entry; for the metric */
    struct tail_partition *partition; /* where it goes */
};

struct window {
    struct slot *slots;
    size_t size, max_bytes; /* size: a power of two */
    uint64_t first, next;   /* running numbers: slot number n is slots[n % size] */
    size_t bytes;           /* in flight */
    bool failed;            /* one of the slots is SLOT_FAILED */
};

void window_init(struct window *w, size_t size, size_t max_bytes);
void window_done(struct window *w);
void window_clear(struct window *w);

static inline size_t window_count(const struct window *w)
{
    return (size_t)(w->next - w->first);
}

/* An entry larger than max_bytes has room when it is alone. */
bool window_has_room(const struct window *w, size_t bytes);
/* The number of the new slot, for window_settle. There must be room. */
uint64_t window_push(struct window *w, const struct slot *slot);
/* Acknowledged (SLOT_DONE) or refused (SLOT_FAILED). NULL: the number is of an earlier life of the window. */
const struct slot *window_settle(struct window *w, uint64_t number, enum slot_state state);

/* Takes the done ones off the front; false if there was none, else where the cursor may stand now. */
bool window_advance(struct window *w, int64_t *ret_batch, int32_t *ret_ord, size_t *ret_count);

/* First and last refused slot; false if there is none. */
bool window_failures(const struct window *w, struct slot *ret_first, struct slot *ret_last);
