#include "yaml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "common/base/error.h"
#include "common/base/str.h"

#define FILE_CAP  ((size_t)4 << 20)
#define DEPTH_CAP 16
#define NODE_CAP  200000

struct yaml_node {
    enum yaml_kind kind;
    bool quoted;
    unsigned line, column;
    const char *file, *text;
    const struct yaml_node *parent, *next, *key; /* key: the node of the key that this is the value of */
    const struct yaml_node *first;
    const struct yaml_node **by_key; /* a map's values, sorted by key */
    size_t count, index;             /* children; place among the parent's children */
};

struct loader {
    struct arena *arena;
    yaml_parser_t parser;
    const char *file, *text;
    size_t len, nodes;
};

static int refuse(const struct loader *l, const yaml_mark_t *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int refuse(const struct loader *l, const yaml_mark_t *at, const char *format, ...)
{
    char what[400];
    va_list ap;

    va_start(ap, format);
    vsnprintf(what, sizeof what, format, ap);
    va_end(ap);
    return err_set(ERR_FATAL, "%s:%zu:%zu: %s", l->file, at->line + 1, at->column + 1, what);
}

/* Line and column of a byte, for errors found before libyaml counts lines. All bytes before it are valid UTF-8. */
static yaml_mark_t mark_of(const struct loader *l, size_t offset)
{
    yaml_mark_t mark = { 0 };
    size_t line_start = 0;

    if (offset > l->len)
        offset = l->len;
    for (size_t i = 0; i < offset; i++)
        if (l->text[i] == '\n') {
            mark.line++;
            line_start = i + 1;
        }
    mark.column = utf8_count(l->text + line_start, offset - line_start);
    return mark;
}

static int refuse_encoding(const struct loader *l)
{
    size_t pos = 0;

    while (pos < l->len) {
        unsigned char c = (unsigned char)l->text[pos];
        size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

        if (n > l->len - pos || !utf8_valid(l->text + pos, n))
            break;
        pos += n;
    }
    yaml_mark_t mark = mark_of(l, pos);
    return refuse(l, &mark, "not valid UTF-8; save the file as UTF-8");
}

/* libyaml names the place of a character by its number, not its byte. */
static char char_at(const struct loader *l, size_t number)
{
    size_t pos = 0;

    while (number-- > 0 && pos < l->len)
        utf8_next(l->text, l->len, &pos);
    return pos < l->len ? l->text[pos] : '\0';
}

static int refuse_syntax(const struct loader *l)
{
    const yaml_parser_t *p = &l->parser;
    const char *problem = p->problem ? p->problem : "not YAML";
    yaml_mark_t mark = p->problem_mark;

    if (p->error == YAML_MEMORY_ERROR)
        return err_set(ERR_FATAL, "%s: out of memory", l->file);
    if (p->error == YAML_READER_ERROR) {
        mark = mark_of(l, p->problem_offset);
        return refuse(l, &mark, "%s", problem);
    }
    if (strstr(problem, "cannot start any token")) {
        char c = char_at(l, mark.index);

        if (c == '\t')
            return refuse(l, &mark, "a tab; indent with spaces");
        return refuse(l, &mark, "a text cannot begin with '%c'; put it in quotes", c);
    }
    if (p->context && p->context_mark.line != mark.line)
        return refuse(l, &mark, "%s (%s that begins in line %zu)", problem, p->context, p->context_mark.line + 1);
    return refuse(l, &mark, "%s%s%s", problem, p->context ? " " : "", p->context ? p->context : "");
}

static int next_event(struct loader *l, yaml_event_t *event)
{
    if (yaml_parser_parse(&l->parser, event))
        return 0;
    return refuse_syntax(l);
}

static struct yaml_node *node_new(struct loader *l, enum yaml_kind kind, const yaml_mark_t *at,
                                  const struct yaml_node *parent)
{
    struct yaml_node *n;

    if (++l->nodes > NODE_CAP) {
        refuse(l, at, "more than %d values; split the file", NODE_CAP);
        return NULL;
    }
    n = arena_alloc(l->arena, sizeof *n);
    if (!n) {
        err_set(ERR_FATAL, "%s: out of memory", l->file);
        return NULL;
    }
    *n = (struct yaml_node){ .kind = kind,
                             .line = (unsigned)at->line + 1,
                             .column = (unsigned)at->column + 1,
                             .file = l->file,
                             .text = "",
                             .parent = parent };
    return n;
}

static int check_plain(const struct loader *l, const yaml_event_t *event, const yaml_char_t *anchor,
                       const yaml_char_t *tag)
{
    if (anchor)
        return refuse(l, &event->start_mark, "an anchor (&%s); anchors and aliases are not allowed", anchor);
    if (tag)
        return refuse(l, &event->start_mark, "a tag (%s); tags are not allowed", tag);
    return 0;
}

static int load_scalar(struct loader *l, const yaml_event_t *event, const struct yaml_node *parent,
                       struct yaml_node **ret)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    struct yaml_node *n;
    char *copy;
    int r;

    r = check_plain(l, event, event->data.scalar.anchor, event->data.scalar.tag);
    if (r < 0)
        return r;
    for (size_t i = 0; i < len; i++)
        if (((unsigned char)text[i] < 0x20 && text[i] != '\n' && text[i] != '\t') || text[i] == 0x7f)
            return refuse(l, &event->start_mark, "a text with the control character 0x%02x", (unsigned char)text[i]);
    n = node_new(l, YAML_TEXT, &event->start_mark, parent);
    if (!n)
        return ERR_FATAL;
    copy = arena_alloc(l->arena, len + 1);
    if (!copy)
        return err_set(ERR_FATAL, "%s: out of memory", l->file);
    memcpy(copy, text, len);
    copy[len] = '\0';
    n->text = copy;
    n->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    *ret = n;
    return 0;
}

static int by_key(const void *a, const void *b)
{
    const struct yaml_node *x = *(const struct yaml_node *const *)a, *y = *(const struct yaml_node *const *)b;
    int c = strcmp(x->key->text, y->key->text);

    return c ? c : x->index < y->index ? -1 : 1;
}

/* Sorts a finished map and refuses the first key that is there already. */
static int index_map(struct loader *l, struct yaml_node *map)
{
    const struct yaml_node *twice = NULL, *before = NULL;
    size_t i = 0;

    map->by_key = arena_alloc(l->arena, map->count * sizeof *map->by_key);
    if (!map->by_key)
        return err_set(ERR_FATAL, "%s: out of memory", l->file);
    YAML_EACH (n, map)
        map->by_key[i++] = n;
    qsort(map->by_key, map->count, sizeof *map->by_key, by_key);
    for (i = 1; i < map->count; i++)
        if (strcmp(map->by_key[i - 1]->key->text, map->by_key[i]->key->text) == 0 &&
            (!twice || map->by_key[i]->index < twice->index)) {
            before = map->by_key[i - 1];
            twice = map->by_key[i];
        }
    if (!twice)
        return 0;
    return err_set(ERR_FATAL, "%s:%u:%u: the key \"%.100s\" a second time; it is in line %u already", l->file,
                   twice->key->line, twice->key->column, twice->key->text, before->key->line);
}

static int load_node(struct loader *l, const yaml_event_t *event, const struct yaml_node *parent, int depth,
                     struct yaml_node **ret);

/* The next event as a node; *ret is NULL where the event ends the collection instead. */
static int load_next(struct loader *l, const struct yaml_node *parent, int depth, struct yaml_node **ret)
{
    yaml_event_t event;
    int r;

    *ret = NULL;
    r = next_event(l, &event);
    if (r < 0)
        return r;
    if (event.type != YAML_SEQUENCE_END_EVENT && event.type != YAML_MAPPING_END_EVENT)
        r = load_node(l, &event, parent, depth, ret);
    yaml_event_delete(&event);
    return r;
}

static int load_children(struct loader *l, struct yaml_node *parent, int depth)
{
    const struct yaml_node **link = &parent->first;
    struct yaml_node *key = NULL, *n;
    int r;

    for (;;) {
        if (parent->kind == YAML_MAP) {
            r = load_next(l, parent, depth, &key);
            if (r < 0)
                return r;
            if (!key)
                return index_map(l, parent);
            if (key->kind != YAML_TEXT || !*key->text)
                return err_set(ERR_FATAL, "%s:%u:%u: a key must be a word", l->file, key->line, key->column);
        }
        r = load_next(l, parent, depth, &n);
        if (r < 0)
            return r;
        if (!n)
            return 0;
        n->key = key;
        n->index = parent->count++;
        *link = n;
        link = &n->next;
    }
}

static int load_collection(struct loader *l, const yaml_event_t *event, const struct yaml_node *parent, int depth,
                           struct yaml_node **ret)
{
    bool list = event->type == YAML_SEQUENCE_START_EVENT;
    struct yaml_node *n;
    int r;

    r = list ? check_plain(l, event, event->data.sequence_start.anchor, event->data.sequence_start.tag)
             : check_plain(l, event, event->data.mapping_start.anchor, event->data.mapping_start.tag);
    if (r < 0)
        return r;
    if (depth > DEPTH_CAP)
        return refuse(l, &event->start_mark, "more than %d levels of lists and maps", DEPTH_CAP);
    n = node_new(l, list ? YAML_LIST : YAML_MAP, &event->start_mark, parent);
    if (!n)
        return ERR_FATAL;
    *ret = n;
    return load_children(l, n, depth + 1);
}

static int load_node(struct loader *l, const yaml_event_t *event, const struct yaml_node *parent, int depth,
                     struct yaml_node **ret)
{
    if (event->type == YAML_ALIAS_EVENT)
        return refuse(l, &event->start_mark, "an alias (*%s); anchors and aliases are not allowed",
                      event->data.alias.anchor);
    if (event->type == YAML_SCALAR_EVENT)
        return load_scalar(l, event, parent, ret);
    return load_collection(l, event, parent, depth, ret);
}

/* Takes the events around the document: stream start, document start, [nodes], document end, stream end. */
static int load_document(struct loader *l, struct yaml_node **ret)
{
    yaml_event_t event;
    int r;

    for (;;) {
        r = next_event(l, &event);
        if (r < 0)
            return r;
        yaml_event_type_t type = event.type;
        yaml_mark_t mark = event.start_mark;

        yaml_event_delete(&event);
        if (type == YAML_STREAM_END_EVENT)
            break;
        if (type == YAML_DOCUMENT_START_EVENT) {
            if (*ret)
                return refuse(l, &mark, "a second document; one file holds one");
            r = load_next(l, NULL, 1, ret);
            if (r < 0)
                return r;
        }
    }
    if (!*ret)
        *ret = node_new(l, YAML_TEXT, &(yaml_mark_t){ 0 }, NULL);
    return *ret ? 0 : ERR_FATAL;
}

int yaml_load_text(struct arena *a, const char *name, const char *text, size_t len, const struct yaml_node **ret)
{
    struct loader l = { .arena = a, .file = arena_strdup(a, name), .text = text, .len = len };
    struct yaml_node *root = NULL;
    int r;

    if (len > FILE_CAP)
        return err_set(ERR_FATAL, "%s: larger than %zu bytes", name, FILE_CAP);
    if (!utf8_valid(text, len))
        return refuse_encoding(&l);
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* Windows editors put a byte order mark */
        l.text += 3;
        l.len -= 3;
    }
    if (!yaml_parser_initialize(&l.parser))
        return err_set(ERR_FATAL, "%s: out of memory", name);
    yaml_parser_set_encoding(&l.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&l.parser, (const unsigned char *)l.text, l.len);
    r = load_document(&l, &root);
    yaml_parser_delete(&l.parser);
    if (r == 0)
        *ret = root;
    return r;
}

int yaml_load_file(struct arena *a, const char *path, const struct yaml_node **ret)
{
    FILE *f = fopen(path, "re");
    char *text;
    size_t len;
    int r;

    if (!f)
        return err_set(ERR_FATAL, "%s: cannot open: %s", path, strerror(errno));
    text = malloc(FILE_CAP + 1);
    if (!text) {
        fclose(f);
        return err_set(ERR_FATAL, "%s: out of memory", path);
    }
    len = fread(text, 1, FILE_CAP + 1, f);
    if (ferror(f))
        r = err_set(ERR_FATAL, "%s: cannot read: %s", path, strerror(errno));
    else
        r = yaml_load_text(a, path, text, len, ret);
    free(text);
    fclose(f);
    return r;
}

enum yaml_kind yaml_kind(const struct yaml_node *n)
{
    return n ? n->kind : YAML_TEXT;
}

const char *yaml_file(const struct yaml_node *n)
{
    return n ? n->file : "";
}

unsigned yaml_line(const struct yaml_node *n)
{
    return n ? n->line : 0;
}

unsigned yaml_column(const struct yaml_node *n)
{
    return n ? n->column : 0;
}

const char *yaml_text(const struct yaml_node *n)
{
    return n ? n->text : "";
}

bool yaml_is_empty(const struct yaml_node *n)
{
    return !n || (n->kind == YAML_TEXT && !n->quoted && !*n->text);
}

const struct yaml_node *yaml_first(const struct yaml_node *list_or_map)
{
    return list_or_map ? list_or_map->first : NULL;
}

const struct yaml_node *yaml_next(const struct yaml_node *n)
{
    return n ? n->next : NULL;
}

size_t yaml_count(const struct yaml_node *list_or_map)
{
    return list_or_map ? list_or_map->count : 0;
}

const struct yaml_node *yaml_key_node(const struct yaml_node *value)
{
    return value ? value->key : NULL;
}

const char *yaml_key(const struct yaml_node *value)
{
    return value && value->key ? value->key->text : NULL;
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
    size_t low = 0, high = map && map->kind == YAML_MAP ? map->count : 0;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = strcmp(key, map->by_key[mid]->key->text);

        if (c == 0)
            return map->by_key[mid];
        if (c < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

const char *yaml_path(struct arena *a, const struct yaml_node *n)
{
    const char *parent;

    if (!n || !n->parent)
        return "";
    parent = yaml_path(a, n->parent);
    if (n->parent->kind == YAML_LIST)
        return arena_printf(a, "%s[%zu]", parent, n->index + 1);
    return arena_printf(a, "%s%s%.100s", parent, *parent ? "." : "", n->key ? n->key->text : n->text);
}
