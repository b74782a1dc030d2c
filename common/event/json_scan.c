/* A first look at JSON text, without building anything. */
#include "common/event/limits.h"
#include "json_internal.h"

/* A value costs up to 250 bytes while it is parsed, so this keeps a hostile text below 5 MB. */
#define VALUES_MAX 20000

struct scan {
    size_t line, depth, values;
    bool in_string;
};

/* Returns how many bytes to go on by. Whether it is JSON at all is the parser's matter. */
static size_t step(struct scan *s, const char *p, size_t left)
{
    if (*p == '\n')
        s->line++;
    if (s->in_string) {
        s->in_string = *p != '"';
        return *p == '\\' && left > 1 ? 2 : 1;
    }
    s->in_string = *p == '"';
    if (*p == '{' || *p == '[') {
        s->depth++;
        s->values++;
    } else if ((*p == '}' || *p == ']') && s->depth) {
        s->depth--;
    } else if (*p == ',') {
        s->values++;
    }
    return 1;
}

int json_scan(const char *text, size_t len, struct problem_draft *problem)
{
    struct scan s = { .line = 1 };

    for (size_t i = 0; i < len; i += step(&s, text + i, len - i)) {
        if (s.depth > EVENT_DEPTH_MAX)
            return problem_note(problem, NULL, "too_deep", "nested deeper than %d levels at line %zu (byte %zu)",
                                EVENT_DEPTH_MAX, s.line, i);
        if (s.values > VALUES_MAX)
            return problem_note(problem, NULL, "too_large", "more than %d values at line %zu (byte %zu)", VALUES_MAX,
                                s.line, i);
    }
    return 0;
}
