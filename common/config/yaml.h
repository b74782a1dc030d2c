/* YAML as a strict tree, and a reader that collects everything that is wrong with a file before it says so.
 *
 * All files that people write for Redress (settings, topics, tenants, staff, policies, calendars) come through here.
 * The dialect is small: maps, lists and texts, UTF-8, one document. Refused: anchors, aliases, tags, a key twice in a
 * map, control characters, more than 4 MB, 16 levels or 200,000 nodes. Every scalar is the text that was written: `no`
 * is "no" and `1.10` is "1.10"; who wants a number or a truth value asks for one.
 *
 * The tree and all texts live in the arena that the caller gave. How a schema reader looks:
 *
 *     r = yaml_load_file(&arena, path, &root);
 *     if (r < 0)
 *         return r;
 *     yaml_reader_init(&rd, &arena);
 *     root = yaml_as_map(&rd, root);
 *     yaml_expect_keys(&rd, root, "tenant", "projects", NULL);
 *     t->code = yaml_string(&rd, root, "tenant", YAML_REQUIRED, 1, 32);
 *     YAML_EACH (item, yaml_list(&rd, root, "projects", YAML_REQUIRED)) {
 *         const struct yaml_node *map = yaml_as_map(&rd, item);
 *
 *         yaml_expect_keys(&rd, map, "code", "floors", NULL);
 *         p->code = yaml_string(&rd, map, "code", YAML_REQUIRED, 1, 32);
 *         p->floors = yaml_int(&rd, map, "floors", 1, 200, 1);
 *     }
 *     return yaml_reader_result(&rd);         (0, or ERR_FATAL with all problems, a line each)
 *
 * All functions take NULL for a node and treat it as an absent one, so that nothing above needs an `if`. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"

struct yaml_node;

enum yaml_kind { YAML_TEXT, YAML_LIST, YAML_MAP };

/* 0, or ERR_FATAL with "file:line:column: what". A file that holds nothing gives an empty text at 1:1. */
int yaml_load_file(struct arena *a, const char *path, const struct yaml_node **ret);
/* `name` stands for the file in messages. */
int yaml_load_text(struct arena *a, const char *name, const char *text, size_t len, const struct yaml_node **ret);

/* ---- the tree ---- */

enum yaml_kind yaml_kind(const struct yaml_node *n);
const char *yaml_file(const struct yaml_node *n);
unsigned yaml_line(const struct yaml_node *n);   /* from 1 */
unsigned yaml_column(const struct yaml_node *n); /* from 1, in characters */

/* The text as it was written; "" for a list or map. Never holds NUL. */
const char *yaml_text(const struct yaml_node *n);
/* Nothing was written after the key or dash: `key:` (but not `key: ""`). */
bool yaml_is_empty(const struct yaml_node *n);

/* Children in the file's order; NULL at the end. For a map these are the values: yaml_key says under which key. */
const struct yaml_node *yaml_first(const struct yaml_node *list_or_map);
const struct yaml_node *yaml_next(const struct yaml_node *n);
size_t yaml_count(const struct yaml_node *list_or_map);
#define YAML_EACH(item, list_or_map)                                                                                   \
    for (const struct yaml_node *item = yaml_first(list_or_map); item; item = yaml_next(item))

/* The key of a map's value, and the key's own node for its line and column; NULL for what is not in a map. */
const char *yaml_key(const struct yaml_node *value);
const struct yaml_node *yaml_key_node(const struct yaml_node *value);
/* The value under a key; NULL if it is not there. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
/* "projects[2].code" (lists count from 1), in the arena; "" for the root. */
const char *yaml_path(struct arena *a, const struct yaml_node *n);

/* ---- the reader ---- */

#define YAML_PROBLEM_CAP 100

struct yaml_problem {
    const char *file;
    unsigned line, column; /* 0: not from a line of a file */
    const char *text;      /* "key: found ...; allowed is ..." */
};

struct yaml_reader {
    struct arena *arena;
    struct yaml_problem problems[YAML_PROBLEM_CAP]; /* in the order of the lines */
    size_t kept, found;                             /* found counts those beyond the cap too */
};

enum yaml_need { YAML_OPTIONAL, YAML_REQUIRED };

void yaml_reader_init(struct yaml_reader *r, struct arena *a);
/* Adds "<path of the node>: <text>" at the node's place. */
void yaml_problem(struct yaml_reader *r, const struct yaml_node *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds a problem that no node stands for; line 0 where there is no line. */
void yaml_problem_at(struct yaml_reader *r, const char *file, unsigned line, unsigned column, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* What was found, for the text of a problem: "nothing", "a list", "a map" or the text, quoted and cut. Not for what is
 * secret or personal. */
const char *yaml_found(struct arena *a, const struct yaml_node *n);
/* A text in quotes, cut after 40 characters; in the arena. */
const char *yaml_quote(struct arena *a, const char *text);
/* One problem as "file:line:column: text", in the arena. */
const char *yaml_problem_text(struct arena *a, const struct yaml_problem *p);
/* 0 if nothing was wrong; else ERR_FATAL, err_text() has a line per problem, as many as fit, and says how many did not.
 */
int yaml_reader_result(const struct yaml_reader *r);

/* Every key of the map is one of these (NULL ends them); an unknown one is a problem that names the nearest. */
void yaml_expect_keys(struct yaml_reader *r, const struct yaml_node *map, ...) __attribute__((sentinel));
/* The same with an array, and for a single key node that the caller found to be unknown. */
void yaml_expect_keys_in(struct yaml_reader *r, const struct yaml_node *map, const char *const allowed[]);
void yaml_unknown_key(struct yaml_reader *r, const struct yaml_node *value, const char *const allowed[]);
/* The name that the writer may have meant; NULL if none is near. */
const char *yaml_nearest(const char *name, const char *const allowed[]);
/* No two maps of the list have the same text under the key. */
void yaml_expect_unique(struct yaml_reader *r, const struct yaml_node *list, const char *key);

/* Values of a map by key. An absent key gives NULL or the fallback, and is a problem only if required; a wrong value
 * is a problem and gives NULL or the fallback too. An empty value counts as absent for lists and maps. */
const char *yaml_string(struct yaml_reader *r, const struct yaml_node *map, const char *key, enum yaml_need need,
                        size_t min_chars, size_t max_chars);
int64_t yaml_int(struct yaml_reader *r, const struct yaml_node *map, const char *key, int64_t min, int64_t max,
                 int64_t fallback);
int64_t yaml_int_required(struct yaml_reader *r, const struct yaml_node *map, const char *key, int64_t min,
                          int64_t max); /* min where it is wrong */
bool yaml_bool(struct yaml_reader *r, const struct yaml_node *map, const char *key, bool fallback);
/* The index in names[] (NULL ends them). A negative fallback means that the key is required. */
int yaml_enum(struct yaml_reader *r, const struct yaml_node *map, const char *key, const char *const names[],
              int fallback);
const struct yaml_node *yaml_list(struct yaml_reader *r, const struct yaml_node *map, const char *key,
                                  enum yaml_need need);
const struct yaml_node *yaml_map(struct yaml_reader *r, const struct yaml_node *map, const char *key,
                                 enum yaml_need need);

/* The same for a node at hand, an item of a list for example. NULL in is NULL, false or -1 out, without a problem. */
const char *yaml_as_string(struct yaml_reader *r, const struct yaml_node *n, size_t min_chars, size_t max_chars);
bool yaml_as_int(struct yaml_reader *r, const struct yaml_node *n, int64_t min, int64_t max, int64_t *ret);
bool yaml_as_bool(struct yaml_reader *r, const struct yaml_node *n, bool *ret);
int yaml_as_enum(struct yaml_reader *r, const struct yaml_node *n, const char *const names[]);
const struct yaml_node *yaml_as_list(struct yaml_reader *r, const struct yaml_node *n);
const struct yaml_node *yaml_as_map(struct yaml_reader *r, const struct yaml_node *n);
