#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/str.h"
#include "yaml.h"

#define NAME_CAP    64 /* names longer than this are near to nothing */
#define ALLOWED_CAP 64 /* keys that a call of yaml_expect_keys may name */

void yaml_reader_init(struct yaml_reader *r, struct arena *a)
{
    *r = (struct yaml_reader){ .arena = a };
}

/* Beyond the cap problems are only counted: a file of 4 MB can hold very many. */
static bool only_counted(struct yaml_reader *r)
{
    if (r->kept < YAML_PROBLEM_CAP)
        return false;
    r->found++;
    return true;
}

static void add_problem(struct yaml_reader *r, struct yaml_problem p)
{
    size_t i = r->kept;

    while (i > 0 && strcmp(r->problems[i - 1].file, p.file) == 0 &&
           (r->problems[i - 1].line > p.line ||
            (r->problems[i - 1].line == p.line && r->problems[i - 1].column > p.column))) {
        r->problems[i] = r->problems[i - 1];
        i--;
    }
    r->problems[i] = p;
    r->kept++;
    r->found++;
}

static const char *format_text(struct arena *a, const char *format, va_list ap)
{
    char text[2048];

    vsnprintf(text, sizeof text, format, ap);
    return arena_strdup(a, text);
}

void yaml_problem(struct yaml_reader *r, const struct yaml_node *at, const char *format, ...)
{
    const char *path, *text;
    va_list ap;

    if (only_counted(r))
        return;
    path = yaml_path(r->arena, at);
    va_start(ap, format);
    text = format_text(r->arena, format, ap);
    va_end(ap);
    if (*path)
        text = arena_printf(r->arena, "%s: %s", path, text);
    add_problem(r, (struct yaml_problem){ yaml_file(at), yaml_line(at), yaml_column(at), text });
}

void yaml_problem_at(struct yaml_reader *r, const char *file, unsigned line, unsigned column, const char *format, ...)
{
    const char *text;
    va_list ap;

    if (only_counted(r))
        return;
    va_start(ap, format);
    text = format_text(r->arena, format, ap);
    va_end(ap);
    add_problem(r, (struct yaml_problem){ arena_strdup(r->arena, file), line, column, text });
}

const char *yaml_problem_text(struct arena *a, const struct yaml_problem *p)
{
    if (p->line)
        return arena_printf(a, "%s:%u:%u: %s", p->file, p->line, p->column, p->text);
    return arena_printf(a, "%s: %s", p->file, p->text);
}

/* err_text() is short: lines are left off from the end until the rest and the note fit. */
int yaml_reader_result(const struct yaml_reader *r)
{
    size_t ends[YAML_PROBLEM_CAP];
    struct strbuf b;

    if (r->found == 0)
        return 0;
    strbuf_init(&b, r->arena);
    for (size_t i = 0; i < r->kept; i++) {
        strbuf_printf(&b, "%s%s", i ? "\n" : "", yaml_problem_text(r->arena, &r->problems[i]));
        ends[i] = b.len;
    }
    for (size_t shown = r->kept; shown > 0; shown--) {
        char note[40] = "";

        if (shown < r->found)
            snprintf(note, sizeof note, "\nand %zu more", r->found - shown);
        err_set(ERR_FATAL, "%.*s%s", (int)ends[shown - 1], b.data, note);
        if (strlen(err_text()) == ends[shown - 1] + strlen(note))
            break;
    }
    return ERR_FATAL;
}

static unsigned char min2(int a, int b)
{
    return (unsigned char)(a < b ? a : b);
}

/* Letters to insert, remove, replace or swap with their neighbour; both names are at most NAME_CAP bytes. */
static size_t distance(const char *a, const char *b)
{
    unsigned char d[NAME_CAP + 1][NAME_CAP + 1];
    size_t m = strlen(a), n = strlen(b);

    for (size_t i = 0; i <= m; i++)
        d[i][0] = (unsigned char)i;
    for (size_t j = 0; j <= n; j++)
        d[0][j] = (unsigned char)j;
    for (size_t i = 1; i <= m; i++)
        for (size_t j = 1; j <= n; j++) {
            d[i][j] = min2(min2(d[i - 1][j] + 1, d[i][j - 1] + 1), d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = min2(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[m][n];
}

/* A name that is a part of the other is near to it: "password" for "password_file". */
static bool is_part(const char *a, const char *b)
{
    return strlen(a) >= 3 && strlen(b) >= 3 && (strstr(a, b) || strstr(b, a));
}

const char *yaml_nearest(const char *name, const char *const allowed[])
{
    size_t len = strlen(name), best = SIZE_MAX;
    const char *nearest = NULL;

    if (len > NAME_CAP)
        return NULL;
    for (size_t i = 0; allowed[i]; i++) {
        size_t d = strlen(allowed[i]) > NAME_CAP ? SIZE_MAX : distance(name, allowed[i]);

        if (d > 1 && is_part(name, allowed[i]))
            d = 1;
        if (d < best) {
            best = d;
            nearest = allowed[i];
        }
    }
    return best <= (len < 6 ? 1 : len / 3) && best < len ? nearest : NULL;
}

static const char *join(struct arena *a, const char *const names[])
{
    struct strbuf b;

    strbuf_init(&b, a);
    for (size_t i = 0; names[i]; i++) {
        if (i == 20) {
            strbuf_adds(&b, ", ...");
            break;
        }
        strbuf_printf(&b, "%s%s", i ? ", " : "", names[i]);
    }
    return b.data ? b.data : "";
}

void yaml_unknown_key(struct yaml_reader *r, const struct yaml_node *value, const char *const allowed[])
{
    const struct yaml_node *key = yaml_key_node(value);
    const char *nearest;

    if (only_counted(r))
        return;
    nearest = yaml_nearest(yaml_key(value), allowed);
    if (nearest)
        yaml_problem_at(r, yaml_file(key), yaml_line(key), yaml_column(key), "%s: unknown key; did you mean \"%s\"?",
                        yaml_path(r->arena, value), nearest);
    else
        yaml_problem_at(r, yaml_file(key), yaml_line(key), yaml_column(key), "%s: unknown key; allowed: %s",
                        yaml_path(r->arena, value), join(r->arena, allowed));
}

static bool is_one_of(const char *name, const char *const names[])
{
    for (size_t i = 0; names[i]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

void yaml_expect_keys_in(struct yaml_reader *r, const struct yaml_node *map, const char *const allowed[])
{
    if (yaml_kind(map) != YAML_MAP)
        return;
    YAML_EACH (value, map)
        if (!is_one_of(yaml_key(value), allowed))
            yaml_unknown_key(r, value, allowed);
}

void yaml_expect_keys(struct yaml_reader *r, const struct yaml_node *map, ...)
{
    const char *allowed[ALLOWED_CAP + 1] = { NULL }, *name;
    size_t count = 0;
    va_list ap;

    va_start(ap, map);
    while ((name = va_arg(ap, const char *)) && count < ALLOWED_CAP)
        allowed[count++] = name;
    va_end(ap);
    yaml_expect_keys_in(r, map, allowed);
}

static int by_text(const void *a, const void *b)
{
    const struct yaml_node *x = *(const struct yaml_node *const *)a, *y = *(const struct yaml_node *const *)b;
    int c = strcmp(yaml_text(x), yaml_text(y));

    if (c)
        return c;
    return yaml_line(x) != yaml_line(y) ? (yaml_line(x) < yaml_line(y) ? -1 : 1)
                                        : (yaml_column(x) < yaml_column(y) ? -1 : 1);
}

void yaml_expect_unique(struct yaml_reader *r, const struct yaml_node *list, const char *key)
{
    const struct yaml_node **found;
    size_t n = 0;

    if (yaml_count(list) < 2)
        return;
    found = arena_array(r->arena, const struct yaml_node *, yaml_count(list));
    YAML_EACH (item, list) {
        const struct yaml_node *value = yaml_get(item, key);

        if (value && yaml_kind(value) == YAML_TEXT)
            found[n++] = value;
    }
    qsort(found, n, sizeof *found, by_text);
    for (size_t i = 1, first = 0; i < n; i++) {
        if (strcmp(yaml_text(found[first]), yaml_text(found[i])) != 0)
            first = i;
        else
            yaml_problem(r, found[i], "found the same as in line %u; allowed is each once", yaml_line(found[first]));
    }
}

/* "nothing", "a list", "a map" or "a text"; never the text itself, which may be somebody's name or a password. */
static const char *kind_text(const struct yaml_node *n)
{
    if (yaml_is_empty(n))
        return "nothing";
    return yaml_kind(n) == YAML_LIST ? "a list" : yaml_kind(n) == YAML_MAP ? "a map" : "a text";
}

const char *yaml_quote(struct arena *a, const char *text)
{
    size_t len = strlen(text), pos = 0;
    struct strbuf b;

    for (size_t i = 0; i < 40 && pos < len; i++)
        utf8_next(text, len, &pos);
    strbuf_init(&b, a);
    strbuf_add_json(&b, text, pos);
    if (pos < len)
        strbuf_adds(&b, "...");
    return b.data;
}

const char *yaml_found(struct arena *a, const struct yaml_node *n)
{
    if (yaml_is_empty(n) || yaml_kind(n) != YAML_TEXT)
        return kind_text(n);
    return yaml_quote(a, yaml_text(n));
}

static const char *string_rule(struct arena *a, size_t min, size_t max)
{
    if (min == max)
        return arena_printf(a, "a text of %zu characters", max);
    if (min == 0)
        return arena_printf(a, "a text of at most %zu characters", max);
    return arena_printf(a, "a text of %zu to %zu characters", min, max);
}

static const char *int_rule(struct arena *a, int64_t min, int64_t max)
{
    return arena_printf(a, "a whole number from %lld to %lld", (long long)min, (long long)max);
}

const char *yaml_as_string(struct yaml_reader *r, const struct yaml_node *n, size_t min_chars, size_t max_chars)
{
    size_t chars;

    if (!n)
        return NULL;
    chars = utf8_count(yaml_text(n), strlen(yaml_text(n)));
    if (yaml_kind(n) == YAML_TEXT && chars >= min_chars && chars <= max_chars)
        return yaml_text(n);
    if (yaml_kind(n) != YAML_TEXT || chars == 0)
        yaml_problem(r, n, "found %s; allowed is %s",
                     chars == 0 && !yaml_is_empty(n) && yaml_kind(n) == YAML_TEXT ? "an empty text" : kind_text(n),
                     string_rule(r->arena, min_chars, max_chars));
    else
        yaml_problem(r, n, "found %zu character%s; allowed is %s", chars, chars == 1 ? "" : "s",
                     string_rule(r->arena, min_chars, max_chars));
    return NULL;
}

/* Decimal without sign of plus, blanks or leading zeros: YAML would read 010 as eight. */
static bool is_plain_number(const char *s)
{
    if (*s == '-')
        s++;
    if (s[0] == '0' && s[1] != '\0')
        return false;
    return *s && strspn(s, "0123456789") == strlen(s);
}

bool yaml_as_int(struct yaml_reader *r, const struct yaml_node *n, int64_t min, int64_t max, int64_t *ret)
{
    if (!n)
        return false;
    if (yaml_kind(n) == YAML_TEXT && is_plain_number(yaml_text(n)) && parse_int64(yaml_text(n), min, max, ret))
        return true;
    yaml_problem(r, n, "found %s; allowed is %s", yaml_found(r->arena, n), int_rule(r->arena, min, max));
    return false;
}

bool yaml_as_bool(struct yaml_reader *r, const struct yaml_node *n, bool *ret)
{
    const char *text = yaml_text(n);
    bool yes = strcmp(text, "true") == 0;

    if (!n)
        return false;
    if (!yes && strcmp(text, "false") != 0) {
        yaml_problem(r, n, "found %s; allowed is true or false", yaml_found(r->arena, n));
        return false;
    }
    *ret = yes;
    return true;
}

int yaml_as_enum(struct yaml_reader *r, const struct yaml_node *n, const char *const names[])
{
    if (!n)
        return -1;
    for (int i = 0; yaml_kind(n) == YAML_TEXT && names[i]; i++)
        if (strcmp(yaml_text(n), names[i]) == 0)
            return i;
    yaml_problem(r, n, "found %s; allowed is one of: %s", yaml_found(r->arena, n), join(r->arena, names));
    return -1;
}

static const struct yaml_node *as_kind(struct yaml_reader *r, const struct yaml_node *n, enum yaml_kind kind)
{
    if (!n || yaml_kind(n) == kind)
        return n;
    yaml_problem(r, n, "found %s; allowed is %s", kind_text(n), kind == YAML_LIST ? "a list" : "a map");
    return NULL;
}

const struct yaml_node *yaml_as_list(struct yaml_reader *r, const struct yaml_node *n)
{
    return as_kind(r, n, YAML_LIST);
}

const struct yaml_node *yaml_as_map(struct yaml_reader *r, const struct yaml_node *n)
{
    return as_kind(r, n, YAML_MAP);
}

static void missing(struct yaml_reader *r, const struct yaml_node *map, const char *key, const char *rule)
{
    const char *path;

    if (!map)
        return; /* from a map that is not there nothing is required */
    path = yaml_path(r->arena, map);
    yaml_problem_at(r, yaml_file(map), yaml_line(map), yaml_column(map), "%s%s%s: missing; needed is %s", path,
                    *path ? "." : "", key, rule);
}

const char *yaml_string(struct yaml_reader *r, const struct yaml_node *map, const char *key, enum yaml_need need,
                        size_t min_chars, size_t max_chars)
{
    const struct yaml_node *n = yaml_get(map, key);

    if (!n && need == YAML_REQUIRED)
        missing(r, map, key, string_rule(r->arena, min_chars, max_chars));
    return yaml_as_string(r, n, min_chars, max_chars);
}

int64_t yaml_int(struct yaml_reader *r, const struct yaml_node *map, const char *key, int64_t min, int64_t max,
                 int64_t fallback)
{
    int64_t v;

    return yaml_as_int(r, yaml_get(map, key), min, max, &v) ? v : fallback;
}

int64_t yaml_int_required(struct yaml_reader *r, const struct yaml_node *map, const char *key, int64_t min, int64_t max)
{
    if (!yaml_get(map, key))
        missing(r, map, key, int_rule(r->arena, min, max));
    return yaml_int(r, map, key, min, max, min);
}

bool yaml_bool(struct yaml_reader *r, const struct yaml_node *map, const char *key, bool fallback)
{
    bool v;

    return yaml_as_bool(r, yaml_get(map, key), &v) ? v : fallback;
}

int yaml_enum(struct yaml_reader *r, const struct yaml_node *map, const char *key, const char *const names[],
              int fallback)
{
    const struct yaml_node *n = yaml_get(map, key);
    int i;

    if (!n && fallback < 0)
        missing(r, map, key, arena_printf(r->arena, "one of: %s", join(r->arena, names)));
    i = yaml_as_enum(r, n, names);
    return i < 0 ? fallback : i;
}

static const struct yaml_node *get_kind(struct yaml_reader *r, const struct yaml_node *map, const char *key,
                                        enum yaml_need need, enum yaml_kind kind)
{
    const struct yaml_node *n = yaml_get(map, key);

    if (!yaml_is_empty(n))
        return as_kind(r, n, kind);
    if (need == YAML_REQUIRED && n)
        return as_kind(r, n, kind); /* tells that nothing was found, at its place */
    if (need == YAML_REQUIRED)
        missing(r, map, key, kind == YAML_LIST ? "a list" : "a map");
    return NULL;
}

const struct yaml_node *yaml_list(struct yaml_reader *r, const struct yaml_node *map, const char *key,
                                  enum yaml_need need)
{
    return get_kind(r, map, key, need, YAML_LIST);
}

const struct yaml_node *yaml_map(struct yaml_reader *r, const struct yaml_node *map, const char *key,
                                 enum yaml_need need)
{
    return get_kind(r, map, key, need, YAML_MAP);
}
