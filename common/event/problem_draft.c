#include "problem_draft.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES ((size_t)64)

/* Never cuts a UTF-8 sequence in two. */
static size_t cut_at(const char *s, size_t max)
{
    size_t len = strnlen(s, max + 1);

    if (len <= max)
        return len;
    for (len = max; len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80; len--)
        ;
    return len;
}

static size_t add(char *out, size_t size, size_t at, const char *s)
{
    size_t len = cut_at(s, NAME_MAX_BYTES);

    if (len >= size - at)
        return at;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        out[at + i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
    }
    out[at + len] = '\0';
    return at + len;
}

static size_t render(const struct field_path *path, char *out, size_t size)
{
    char index[32];
    size_t at;

    if (!path || !path->name) {
        out[0] = '\0';
        return 0;
    }
    at = render(path->up, out, size);
    if (at)
        at = add(out, size, at, ".");
    at = add(out, size, at, path->name);
    if (path->repeated) {
        snprintf(index, sizeof index, "[%zu]", path->index);
        at = add(out, size, at, index);
    }
    return at;
}

int problem_note(struct problem_draft *draft, const struct field_path *path, const char *code, const char *format, ...)
{
    va_list ap;

    render(path, draft->path, sizeof draft->path);
    draft->code = code;
    va_start(ap, format);
    vsnprintf(draft->message, sizeof draft->message, format, ap);
    va_end(ap);
    return 1;
}

static const char *copy(struct arena *a, const char *s)
{
    size_t size = strlen(s) + 1;
    char *p = arena_alloc(a, size);

    return p ? memcpy(p, s, size) : "";
}

void problem_give(const struct problem_draft *draft, struct arena *a, struct field_problem *ret)
{
    *ret = (struct field_problem){ copy(a, draft->path), draft->code, copy(a, draft->message) };
}
