#include "policy_file.h"

#include <string.h>

#include "common/base/error.h"
#include "common/config/yaml.h"
#include "normalise.h"

#define CATEGORIES_MAX 1000
#define DEPTH_MAX      4
#define WORDS_MAX      2000 /* in one list */
#define CODE_MAX       64
#define NAME_MAX       64
#define WORD_MAX       40
#define DAYS_MAX       3650
#define AMOUNT_MAX     INT64_C(1000000000000000) /* fen */

struct reader {
    struct yaml_reader yaml;
    struct arena *arena;
    struct policy *policy;
    struct handling_rules handling;
};

static const char *const complexities[] = { "simple", "complex", NULL };

/* ---- words ---- */

struct seen {
    struct str text;
    const struct yaml_node *node;
};

static const struct yaml_node *seen_before(const struct seen *seen, size_t count, struct str text)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(seen[i].text, text))
            return seen[i].node;
    return NULL;
}

/* One list of words; `seen` holds the normalised words that must not come again. */
static struct words read_words(struct reader *r, const struct yaml_node *map, const char *key, struct seen *seen,
                               size_t *seen_count)
{
    const struct yaml_node *list = yaml_list(&r->yaml, map, key, YAML_OPTIONAL);
    const char **items = arena_array(r->arena, const char *, yaml_count(list) + 1);
    struct words words = { items, 0 };

    if (list && yaml_count(list) > WORDS_MAX) {
        yaml_problem(&r->yaml, list, "found %zu words; at most %d are allowed", yaml_count(list), WORDS_MAX);
        return words;
    }
    YAML_EACH (item, list) {
        const char *word = yaml_as_string(&r->yaml, item, 1, WORD_MAX);
        const struct yaml_node *first;
        struct str text;

        if (!word)
            continue;
        text = normalise(r->arena, word, strlen(word));
        first = seen_before(seen, *seen_count, text);
        if (text.len == 0)
            yaml_problem(&r->yaml, item, "nothing is left of this word once white space is taken out");
        else if (first)
            yaml_problem(&r->yaml, item, "%s is there already, in line %u", yaml_quote(r->arena, word),
                         yaml_line(first));
        else
            seen[(*seen_count)++] = (struct seen){ text, item };
        items[words.count++] = word;
    }
    return words;
}

/* A list of codes: as they are, each once. */
static struct words read_codes(struct reader *r, const struct yaml_node *map, const char *key)
{
    const struct yaml_node *list = yaml_list(&r->yaml, map, key, YAML_OPTIONAL);
    const char **items = arena_array(r->arena, const char *, yaml_count(list) + 1);
    struct words codes = { items, 0 };

    YAML_EACH (item, list) {
        const char *code = yaml_as_string(&r->yaml, item, 1, CODE_MAX);

        if (code && words_have(&codes, code))
            yaml_problem(&r->yaml, item, "%s is there twice", yaml_quote(r->arena, code));
        else if (code)
            items[codes.count++] = code;
    }
    return codes;
}

/* ---- categories ---- */

static bool code_valid(const char *code)
{
    return code[strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_.-")] == '\0' && code[0] != '.';
}

static void read_keywords(struct reader *r, const struct yaml_node *map, struct category *c)
{
    size_t room =
        yaml_count(yaml_get(map, "strong")) + yaml_count(yaml_get(map, "weak")) + yaml_count(yaml_get(map, "against"));
    struct seen *seen = arena_array(r->arena, struct seen, room + 1);
    size_t count = 0;

    c->strong = read_words(r, map, "strong", seen, &count);
    c->weak = read_words(r, map, "weak", seen, &count);
    c->against = read_words(r, map, "against", seen, &count);
}

static void check_code(struct reader *r, const struct yaml_node *map, const char *code)
{
    const struct category *first = policy_category(r->policy, code);

    if (!code_valid(code))
        yaml_problem(&r->yaml, yaml_get(map, "code"), "found %s; allowed are small letters, digits, '_', '-' and '.'",
                     yaml_quote(r->arena, code));
    if (first)
        yaml_problem(&r->yaml, yaml_get(map, "code"), "%s is there already, in line %u", yaml_quote(r->arena, code),
                     first->line);
}

static void read_list(struct reader *r, const struct yaml_node *list, const struct category *parent, int depth);

/* Department and complexity are the parent's unless the category names its own. */
static void read_category(struct reader *r, const struct yaml_node *item, const struct category *parent, int depth)
{
    const struct yaml_node *map = yaml_as_map(&r->yaml, item), *children;
    enum yaml_need need = parent ? YAML_OPTIONAL : YAML_REQUIRED;
    struct policy *p = r->policy;
    struct category c = { 0 };
    const char *department;
    int complexity;

    if (!map || p->category_count == CATEGORIES_MAX)
        return;
    yaml_expect_keys(&r->yaml, map, "code", "name", "department", "complexity", "strong", "weak", "against", "children",
                     NULL);
    c.code = yaml_string(&r->yaml, map, "code", YAML_REQUIRED, 1, CODE_MAX);
    c.name = yaml_string(&r->yaml, map, "name", YAML_REQUIRED, 1, NAME_MAX);
    department = yaml_string(&r->yaml, map, "department", need, 1, CODE_MAX);
    complexity = yaml_enum(&r->yaml, map, "complexity", complexities, parent ? (int)parent->complex : -1);
    c.parent = parent && parent->code ? parent->code : "";
    c.department = department ? department : parent ? parent->department : "";
    c.complex = complexity == 1;
    c.line = yaml_line(item);
    if (c.code)
        check_code(r, map, c.code);
    else
        c.code = "";
    read_keywords(r, map, &c);
    c.ordinal = (int)p->category_count + 1;
    p->categories[p->category_count++] = c;
    children = yaml_list(&r->yaml, map, "children", YAML_OPTIONAL);
    if (children && depth == DEPTH_MAX)
        yaml_problem(&r->yaml, children, "categories lie at most %d levels deep", DEPTH_MAX);
    else
        read_list(r, children, &p->categories[p->category_count - 1], depth + 1);
}

static void read_list(struct reader *r, const struct yaml_node *list, const struct category *parent, int depth)
{
    YAML_EACH (item, list)
        read_category(r, item, parent, depth);
}

static void read_categories(struct reader *r, const struct yaml_node *root)
{
    const struct yaml_node *map = yaml_as_map(&r->yaml, root), *list;

    yaml_expect_keys(&r->yaml, map, "categories", NULL);
    list = yaml_list(&r->yaml, map, "categories", YAML_REQUIRED);
    r->policy->categories = arena_array(r->arena, struct category, CATEGORIES_MAX);
    read_list(r, list, NULL, 1);
    if (map && list && r->policy->category_count == 0)
        yaml_problem(&r->yaml, list, "found no category; at least one is needed");
    if (r->policy->category_count == CATEGORIES_MAX)
        yaml_problem(&r->yaml, list, "more than %d categories; fewer are allowed", CATEGORIES_MAX - 1);
}

/* ---- rules ---- */

/* Every code is in the tree. */
static void check_categories(struct reader *r, const struct yaml_node *list)
{
    YAML_EACH (item, list)
        if (*yaml_text(item) && !policy_category(r->policy, yaml_text(item)))
            yaml_problem(&r->yaml, item, "found %s; the category tree has no such code",
                         yaml_quote(r->arena, yaml_text(item)));
}

/* The default is for the default tree: another one may have none of its codes. */
static struct words default_paid(struct reader *r)
{
    const struct words *all = &handling_defaults.paid_categories;
    const char **items = arena_array(r->arena, const char *, all->count + 1);
    struct words known = { items, 0 };

    for (size_t i = 0; i < all->count; i++)
        if (policy_category(r->policy, all->items[i]))
            items[known.count++] = all->items[i];
    return known;
}

static void read_handling(struct reader *r, const struct yaml_node *rules)
{
    const struct yaml_node *map = yaml_map(&r->yaml, rules, "handling", YAML_OPTIONAL), *paid;
    struct handling_rules h = handling_defaults;

    yaml_expect_keys(&r->yaml, map, "bounces_max", "reminders", "reopen_days", "recurrence_days", "retain_years",
                     "backdate_hours", "escalate_amount_fen", "paid_categories", NULL);
    h.bounces_max = (int)yaml_int(&r->yaml, map, "bounces_max", 1, 10, h.bounces_max);
    h.reminders = (int)yaml_int(&r->yaml, map, "reminders", 0, 10, h.reminders);
    h.reopen_days = (int)yaml_int(&r->yaml, map, "reopen_days", 0, DAYS_MAX, h.reopen_days);
    h.recurrence_days = (int)yaml_int(&r->yaml, map, "recurrence_days", 0, DAYS_MAX, h.recurrence_days);
    h.retain_years = (int)yaml_int(&r->yaml, map, "retain_years", 1, 100, h.retain_years);
    h.backdate_hours = (int)yaml_int(&r->yaml, map, "backdate_hours", 0, 8760, h.backdate_hours);
    h.escalate_amount_fen = yaml_int(&r->yaml, map, "escalate_amount_fen", 0, AMOUNT_MAX, h.escalate_amount_fen);
    paid = yaml_get(map, "paid_categories");
    h.paid_categories = paid && !yaml_is_empty(paid) ? read_codes(r, map, "paid_categories") : default_paid(r);
    check_categories(r, paid);
    r->handling = h;
}

static void read_rules(struct reader *r, const struct yaml_node *root)
{
    const struct yaml_node *map = yaml_as_map(&r->yaml, root), *severity, *complexity, *confidence;
    struct rules *rules = &r->policy->rules;
    struct seen *seen;
    size_t count = 0;

    yaml_expect_keys(&r->yaml, map, "severity", "complexity", "confidence", "handling", NULL);
    severity = yaml_map(&r->yaml, map, "severity", YAML_REQUIRED);
    complexity = yaml_map(&r->yaml, map, "complexity", YAML_REQUIRED);
    confidence = yaml_map(&r->yaml, map, "confidence", YAML_REQUIRED);
    yaml_expect_keys(&r->yaml, severity, "major_categories", "major_words", "not_major_words", NULL);
    yaml_expect_keys(&r->yaml, complexity, "complex_departments", "complex_amount_fen", NULL);
    yaml_expect_keys(&r->yaml, confidence, "by_hand_below", NULL);

    rules->major_categories = read_codes(r, severity, "major_categories");
    check_categories(r, yaml_get(severity, "major_categories"));
    seen = arena_array(r->arena, struct seen,
                       yaml_count(yaml_get(severity, "major_words")) +
                           yaml_count(yaml_get(severity, "not_major_words")) + 1);
    rules->major_words = read_words(r, severity, "major_words", seen, &count);
    rules->not_major_words = read_words(r, severity, "not_major_words", seen, &count);
    rules->complex_departments = read_codes(r, complexity, "complex_departments");
    if (yaml_get(complexity, "complex_departments"))
        rules->complex_departments_line = yaml_line(yaml_get(complexity, "complex_departments"));
    rules->complex_amount_fen = yaml_int(&r->yaml, complexity, "complex_amount_fen", 0, AMOUNT_MAX, 0);
    rules->by_hand_below = (int)yaml_int_required(&r->yaml, confidence, "by_hand_below", 0, 100);
    read_handling(r, map);
}

int policy_file_load(struct arena *a, const char *categories_path, const char *rules_path, struct policy *ret,
                     struct handling_rules *ret_handling)
{
    const struct yaml_node *categories = NULL, *rules = NULL;
    struct policy policy = { 0 };
    struct reader *r = arena_new(a, struct reader);
    int e;

    e = normalise_init();
    if (e == 0)
        e = yaml_load_file(a, categories_path, &categories);
    if (e == 0)
        e = yaml_load_file(a, rules_path, &rules);
    if (e < 0)
        return e;
    yaml_reader_init(&r->yaml, a);
    r->arena = a;
    r->policy = &policy;
    read_categories(r, categories);
    read_rules(r, rules);
    e = yaml_reader_result(&r->yaml);
    if (e < 0)
        return e;
    *ret = policy;
    *ret_handling = r->handling;
    return 0;
}
