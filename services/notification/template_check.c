/* Is a template well-formed, and which names stand in it? */
#include <string.h>

#include "template.h"
#include "template_scan.h"

#define VARS_MAX 50

struct check {
    struct arena *arena;
    const char **vars;
    size_t count;
    struct str open[TEMPLATE_DEPTH_MAX];
    int depth;
};

static const char *add_var(struct check *c, struct str name)
{
    for (size_t i = 0; i < c->count; i++)
        if (str_is(name, c->vars[i]))
            return NULL;
    if (c->count == VARS_MAX)
        return arena_printf(c->arena, "found more than %d names; allowed are at most so many", VARS_MAX);
    c->vars[c->count++] = arena_strndup(c->arena, name.data, name.len);
    return NULL;
}

static const char *open_section(struct check *c, struct str name)
{
    for (int i = 0; i < c->depth; i++)
        if (str_eq(c->open[i], name))
            return arena_printf(c->arena, "found {{#%.*s}} within itself", (int)name.len, name.data);
    if (c->depth == TEMPLATE_DEPTH_MAX)
        return arena_printf(c->arena, "found sections %d deep; allowed are %d", c->depth + 1, TEMPLATE_DEPTH_MAX);
    c->open[c->depth++] = name;
    return add_var(c, name);
}

static const char *close_section(struct check *c, struct str name)
{
    if (c->depth == 0)
        return arena_printf(c->arena, "found {{/%.*s}}, but no {{#%.*s}} before it", (int)name.len, name.data,
                            (int)name.len, name.data);
    if (!str_eq(c->open[c->depth - 1], name))
        return arena_printf(c->arena, "found {{/%.*s}} where {{/%.*s}} has to come first", (int)name.len, name.data,
                            (int)c->open[c->depth - 1].len, c->open[c->depth - 1].data);
    c->depth--;
    return NULL;
}

/* The first characters of what is wrong, whole ones. */
static const char *bad(struct check *c, struct str text)
{
    size_t pos = 0;

    for (int i = 0; i < 16 && pos < text.len; i++)
        utf8_next(text.data, text.len, &pos);
    return arena_printf(c->arena,
                        "found \"%.*s\"; allowed is {{name}}, {{#name}} or {{/name}} with small letters, digits, _ "
                        "and . in the name, at most %d of them",
                        (int)pos, text.data, TEMPLATE_NAME_CHARS);
}

static const char *take(struct check *c, const struct template_piece *p)
{
    switch (p->kind) {
    case TEMPLATE_PIECE_VALUE:
        return add_var(c, p->text);
    case TEMPLATE_PIECE_OPEN:
        return open_section(c, p->text);
    case TEMPLATE_PIECE_CLOSE:
        return close_section(c, p->text);
    case TEMPLATE_PIECE_BAD:
        return bad(c, p->text);
    case TEMPLATE_PIECE_TEXT:
    case TEMPLATE_PIECE_END:
        break;
    }
    return NULL;
}

const char *template_check(struct arena *a, const char *text, const char *const **ret_vars, size_t *ret_count)
{
    struct check c = { .arena = a, .vars = arena_array(a, const char *, VARS_MAX + 1) };
    struct template_scan s = { text, text };
    struct template_piece p;

    while (template_scan_next(&s, &p) != TEMPLATE_PIECE_END) {
        const char *wrong = take(&c, &p);

        if (wrong)
            return wrong;
    }
    if (c.depth > 0)
        return arena_printf(a, "found no {{/%.*s}} for {{#%.*s}}", (int)c.open[c.depth - 1].len,
                            c.open[c.depth - 1].data, (int)c.open[c.depth - 1].len, c.open[c.depth - 1].data);
    if (ret_vars) {
        *ret_vars = c.vars;
        *ret_count = c.count;
    }
    return NULL;
}
