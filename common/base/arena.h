/* Memory that lives as long as one batch: taken piece by piece, given back all at once.
 *
 * One arena per batch, reset after the commit; protobuf-c unpacks into it (see common/event). An arena has a cap:
 * beyond it arena_alloc returns NULL, so that a hostile record cannot take the machine's memory. */
#pragma once

#include <stdarg.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *chunk; /* the one being filled */
    size_t used;               /* bytes given out since the last reset */
    size_t cap;                /* bytes that may be given out; 0: no limit */
    size_t peak;               /* the most that was ever in use */
};

void arena_init(struct arena *a, size_t cap);
void arena_done(struct arena *a);

/* Forgets everything but keeps one chunk for the next batch. */
void arena_reset(struct arena *a);

/* 16-byte aligned, not zeroed; NULL beyond the cap or without memory. Size 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t size);

/* Zeroed array; aborts the process beyond the cap (for our own bounded data, not for input). */
void *arena_calloc(struct arena *a, size_t count, size_t size);

/* Copies; abort beyond the cap like arena_calloc. arena_strndup adds the NUL. */
void *arena_memdup(struct arena *a, const void *data, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The list with room for one more: itself, or a copy twice as long (`first` at first), zeroed behind its items. */
void *arena_room(struct arena *a, void *items, size_t count, size_t *cap, size_t size, size_t first);

/* A place to come back to: arena_rewind gives back all that was taken since the mark. Chunks stay. */
struct arena_mark {
    struct arena_chunk *chunk;
    size_t chunk_used, used;
};
struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark mark);

#define arena_new(a, type)          ((type *)arena_calloc((a), 1, sizeof(type)))
#define arena_array(a, type, count) ((type *)arena_calloc((a), (count), sizeof(type)))
