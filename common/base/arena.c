#include "arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES ((size_t)256 << 10)
#define ALIGN       ((size_t)16)

struct arena_chunk {
    struct arena_chunk *prev;
    size_t size, used;
    _Alignas(16) unsigned char data[];
};

void arena_init(struct arena *a, size_t cap)
{
    *a = (struct arena){ .cap = cap };
}

static void drop_to(struct arena *a, struct arena_chunk *keep)
{
    while (a->chunk != keep) {
        struct arena_chunk *prev = a->chunk->prev;
        free(a->chunk);
        a->chunk = prev;
    }
}

void arena_done(struct arena *a)
{
    drop_to(a, NULL);
    a->used = 0;
}

void arena_reset(struct arena *a)
{
    struct arena_chunk *first = a->chunk;

    while (first && first->prev)
        first = first->prev;
    drop_to(a, first);
    if (first && first->size > 4 * CHUNK_BYTES)
        drop_to(a, NULL); /* one giant is not kept for ever */
    else if (first)
        first->used = 0;
    a->used = 0;
}

static struct arena_chunk *add_chunk(struct arena *a, size_t need)
{
    size_t size = need > CHUNK_BYTES ? need : CHUNK_BYTES;
    struct arena_chunk *c = malloc(sizeof *c + size);

    if (!c)
        return NULL;
    c->prev = a->chunk;
    c->size = size;
    c->used = 0;
    return a->chunk = c;
}

void *arena_alloc(struct arena *a, size_t size)
{
    struct arena_chunk *c = a->chunk;
    void *p;

    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + ALIGN - 1) & ~(ALIGN - 1);
    if (a->cap && (size > a->cap || a->used > a->cap - size))
        return NULL;
    if (!c || c->size - c->used < size) {
        c = add_chunk(a, size);
        if (!c)
            return NULL;
    }
    p = c->data + c->used;
    c->used += size;
    a->used += size;
    if (a->used > a->peak)
        a->peak = a->used;
    return p;
}

static void *must(void *p)
{
    if (!p) {
        fputs("redress: out of memory in the batch arena\n", stderr);
        abort();
    }
    return p;
}

void *arena_calloc(struct arena *a, size_t count, size_t size)
{
    size_t bytes;
    void *p;

    if (__builtin_mul_overflow(count, size, &bytes))
        must(NULL);
    p = must(arena_alloc(a, bytes));
    return memset(p, 0, bytes);
}

void *arena_memdup(struct arena *a, const void *data, size_t size)
{
    void *p = must(arena_alloc(a, size));

    return size ? memcpy(p, data, size) : p;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
    char *p = must(arena_alloc(a, len + 1));

    if (len)
        memcpy(p, s, len);
    p[len] = '\0';
    return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list ap;
    char *p;
    int n;

    va_start(ap, format);
    n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (n < 0)
        return must(NULL);
    p = must(arena_alloc(a, (size_t)n + 1));
    va_start(ap, format);
    vsnprintf(p, (size_t)n + 1, format, ap);
    va_end(ap);
    return p;
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){ a->chunk, a->chunk ? a->chunk->used : 0, a->used };
}

void arena_rewind(struct arena *a, struct arena_mark mark)
{
    drop_to(a, mark.chunk);
    if (a->chunk)
        a->chunk->used = mark.chunk_used;
    a->used = mark.used;
}

void *arena_room(struct arena *a, void *items, size_t count, size_t *cap, size_t size, size_t first)
{
    void *fresh;

    if (count < *cap)
        return items;
    *cap = *cap ? *cap * 2 : first;
    fresh = arena_calloc(a, *cap, size);
    if (count)
        memcpy(fresh, items, count * size);
    return fresh;
}
