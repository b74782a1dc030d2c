#include "template_scan.h"

#include <string.h>

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyz0123456789_."

static enum template_piece_kind found(struct template_scan *s, struct template_piece *ret,
                                      enum template_piece_kind kind, const char *text, size_t len, const char *next)
{
    *ret = (struct template_piece){ kind, { text, len } };
    s->at = next;
    return kind;
}

static enum template_piece_kind mark(struct template_scan *s, struct template_piece *ret)
{
    const char *open = s->at, *name = open + 2, *end;
    enum template_piece_kind kind = *name == '#'   ? TEMPLATE_PIECE_OPEN
                                    : *name == '/' ? TEMPLATE_PIECE_CLOSE
                                                   : TEMPLATE_PIECE_VALUE;
    size_t len;

    name += kind != TEMPLATE_PIECE_VALUE;
    len = strspn(name, NAME_CHARS);
    end = name + len;
    if (len == 0 || len > TEMPLATE_NAME_CHARS || strncmp(end, "}}", 2) != 0)
        return found(s, ret, TEMPLATE_PIECE_BAD, open, strlen(open), open + strlen(open));
    end += 2;
    if (kind != TEMPLATE_PIECE_VALUE && (open == s->start || open[-1] == '\n') && *end == '\n')
        end++;
    return found(s, ret, kind, name, len, end);
}

enum template_piece_kind template_scan_next(struct template_scan *s, struct template_piece *ret)
{
    const char *p = s->at, *mark_at, *stray;

    if (!*p)
        return found(s, ret, TEMPLATE_PIECE_END, p, 0, p);
    if (strncmp(p, "{{", 2) == 0)
        return mark(s, ret);
    mark_at = strstr(p, "{{");
    mark_at = mark_at ? mark_at : p + strlen(p);
    stray = strstr(p, "}}");
    if (stray == p)
        return found(s, ret, TEMPLATE_PIECE_BAD, p, strlen(p), p + strlen(p));
    if (stray && stray < mark_at)
        mark_at = stray;
    return found(s, ret, TEMPLATE_PIECE_TEXT, p, (size_t)(mark_at - p), mark_at);
}
