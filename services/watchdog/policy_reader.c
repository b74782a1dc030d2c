#include "policy_reader.h"

#include <ctype.h>
#include <string.h>

#include "common/base/error.h"

#define CODE_MAX    48
#define NAME_MAX    80
#define EVENTS_MAX  8
#define POINTS_MAX  16
#define PERCENT_MAX 1000

#define CODE_FORM "a lower-case letter, then lower-case letters, digits, '_' or '-', at most 48"

/* ---- names ---- */

static bool is_code(const char *text)
{
    size_t len = strlen(text);

    return len <= CODE_MAX && text[0] >= 'a' && text[0] <= 'z' &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == len;
}

static const char *as_code(struct policy_reader *r, const struct yaml_node *n)
{
    if (n && (yaml_kind(n) != YAML_TEXT || !is_code(yaml_text(n)))) {
        yaml_problem(&r->yaml, n, "found %s; allowed is " CODE_FORM, yaml_found(r->arena, n));
        return "";
    }
    return n ? yaml_text(n) : "";
}

const char *policy_read_code(struct policy_reader *r, const struct yaml_node *map, const char *key, enum yaml_need need)
{
    const struct yaml_node *n = yaml_get(map, key);

    if (map && !n && need == YAML_REQUIRED)
        yaml_problem(&r->yaml, map, "found no %s; allowed is " CODE_FORM, key);
    return as_code(r, n);
}

static struct sla_list read_list(struct policy_reader *r, const struct yaml_node *map, const char *key,
                                 const char *(*as_item)(struct policy_reader *r, const struct yaml_node *n))
{
    const struct yaml_node *list = yaml_list(&r->yaml, map, key, YAML_OPTIONAL);
    const char **items = arena_array(r->arena, const char *, yaml_count(list) + 1);
    size_t n = 0;

    if (list && yaml_count(list) == 0)
        yaml_problem(&r->yaml, list, "found none; allowed is at least one, or no such line");
    YAML_EACH (item, list) {
        const char *text = as_item(r, item);

        for (size_t i = 0; text && i < n; i++)
            if (strcmp(items[i], text) == 0)
                yaml_problem(&r->yaml, item, "found %s again; allowed is each once", yaml_quote(r->arena, text));
        if (text)
            items[n++] = text;
    }
    return (struct sla_list){ items, n };
}

struct sla_list policy_read_codes(struct policy_reader *r, const struct yaml_node *map, const char *key)
{
    return read_list(r, map, key, as_code);
}

const char *policy_read_rule(struct policy_reader *r, const struct yaml_node *map)
{
    const char *rule = yaml_string(&r->yaml, map, "rule", YAML_OPTIONAL, 1, 24);

    return rule ? rule : "";
}

struct sla_text policy_read_text(struct policy_reader *r, const struct yaml_node *map, const char *key,
                                 enum yaml_need need)
{
    const struct yaml_node *both = yaml_map(&r->yaml, map, key, need);
    const char *zh, *en;

    yaml_expect_keys(&r->yaml, both, "zh", "en", NULL);
    zh = both ? yaml_string(&r->yaml, both, "zh", YAML_REQUIRED, 1, NAME_MAX) : NULL;
    en = both ? yaml_string(&r->yaml, both, "en", YAML_REQUIRED, 1, NAME_MAX) : NULL;
    return (struct sla_text){ zh ? zh : "", en ? en : "" };
}

/* False, with the problem told: the tenant has no such thing. */
static bool is_known(struct policy_reader *r, const struct yaml_node *at, const char *what, const char *name,
                     const char *const *known)
{
    const char *nearest;

    if (!known)
        return true;
    for (size_t i = 0; known[i]; i++)
        if (strcmp(known[i], name) == 0)
            return true;
    nearest = yaml_nearest(name, known);
    yaml_problem(&r->yaml, at, "found %s; there is no such %s%s%s%s", yaml_quote(r->arena, name), what,
                 nearest ? " (is " : "", nearest ? nearest : "", nearest ? " meant?)" : "");
    return false;
}

const char *policy_as_calendar(struct policy_reader *r, const struct yaml_node *n)
{
    const char *name = as_code(r, n);

    return *name && is_known(r, n, "calendar", name, r->known->calendars) ? name : NULL;
}

const char *policy_check_project(struct policy_reader *r, const struct yaml_node *at, const char *code)
{
    size_t len = strlen(code);

    for (size_t i = 0; i < len; i++)
        if ((unsigned char)code[i] <= ' ')
            len = 0;
    if (len == 0 || len > CODE_MAX) {
        yaml_problem(&r->yaml, at, "found %s; allowed is the code of a project, at most %d bytes without blanks",
                     yaml_quote(r->arena, code), CODE_MAX);
        return NULL;
    }
    return is_known(r, at, "project", code, r->known->projects) ? code : NULL;
}

static const char *as_project(struct policy_reader *r, const struct yaml_node *n)
{
    const char *code = yaml_as_string(&r->yaml, n, 1, CODE_MAX);

    return code ? policy_check_project(r, n, code) : NULL;
}

/* "repair.equipment": snake words with dots between them. */
static bool is_category(const char *text)
{
    bool begins = true;

    if (strlen(text) > 2 * CODE_MAX)
        return false;
    for (; *text; text++) {
        if (begins ? !islower((unsigned char)*text)
                   : !islower((unsigned char)*text) && !isdigit((unsigned char)*text) && !strchr("_.", *text))
            return false;
        begins = *text == '.';
    }
    return !begins;
}

static const char *as_category(struct policy_reader *r, const struct yaml_node *n)
{
    if (yaml_kind(n) == YAML_TEXT && is_category(yaml_text(n)))
        return is_known(r, n, "category", yaml_text(n), r->known->categories) ? yaml_text(n) : NULL;
    yaml_problem(&r->yaml, n,
                 "found %s; allowed is the code of a category, such as repair or repair.equipment, which "
                 "stands for all below it",
                 yaml_found(r->arena, n));
    return NULL;
}

/* ---- words ---- */

const char *policy_read_choices(struct policy_reader *r, const struct sla_word words[])
{
    struct strbuf b;

    strbuf_init(&b, r->arena);
    for (size_t i = 0; words[i].name; i++)
        strbuf_printf(&b, "%s%s", i ? ", " : "", words[i].name);
    return b.data;
}

/* One word or a list of them, as bits. */
static uint32_t as_bits(struct policy_reader *r, const struct yaml_node *n, const struct sla_word words[])
{
    uint32_t bits = 0, bit;

    if (yaml_kind(n) == YAML_LIST) {
        YAML_EACH (item, n) {
            bit = yaml_kind(item) == YAML_TEXT ? sla_bit_find(words, yaml_text(item)) : 0;
            if (!bit || (bits & bit))
                yaml_problem(&r->yaml, item, "found %s%s; allowed are %s", yaml_found(r->arena, item),
                             bit ? " again" : "", policy_read_choices(r, words));
            bits |= bit;
        }
        return bits;
    }
    bits = yaml_kind(n) == YAML_TEXT ? sla_bit_find(words, yaml_text(n)) : 0;
    if (!bits)
        yaml_problem(&r->yaml, n, "found %s; allowed are %s", yaml_found(r->arena, n), policy_read_choices(r, words));
    return bits;
}

/* The index of a word, 0 for none and for the first, which means any. */
static int read_word(struct policy_reader *r, const struct yaml_node *map, const char *key,
                     const struct sla_word words[])
{
    const struct yaml_node *n = yaml_get(map, key);

    for (int i = 1; n && yaml_kind(n) == YAML_TEXT && words[i].name; i++)
        if (strcmp(words[i].name, yaml_text(n)) == 0)
            return i;
    if (n)
        yaml_problem(&r->yaml, n, "found %s; allowed are %s", yaml_found(r->arena, n),
                     policy_read_choices(r, words + 1));
    return 0;
}

struct sla_scope policy_read_scope(struct policy_reader *r, const struct yaml_node *map)
{
    struct sla_scope s = { 0 };

    yaml_expect_keys(&r->yaml, map, "projects", "categories", "severity", "complexity", NULL);
    s.projects = read_list(r, map, "projects", as_project);
    s.categories = read_list(r, map, "categories", as_category);
    s.severity = (enum sla_severity)read_word(r, map, "severity", sla_severities);
    s.complexity = (enum sla_complexity)read_word(r, map, "complexity", sla_complexities);
    return s;
}

/* ---- events ---- */

static const char *event_choices(struct policy_reader *r, enum policy_event_use use)
{
    struct strbuf b;

    strbuf_init(&b, r->arena);
    for (int i = 0; i < SLA_EVENT_COUNT; i++)
        if (use == POLICY_EVENT_STARTS ? sla_events[i].may_start : sla_events[i].may_stop)
            strbuf_printf(&b, "%s%s", b.len ? ", " : "", sla_events[i].name);
    return b.data;
}

static const char *why_not(enum sla_event e, enum policy_event_use use)
{
    if (e == SLA_EVENT_COUNT)
        return "there is no such event";
    if (use == POLICY_EVENT_STARTS)
        return sla_events[e].ends_case ? "no clock runs after the end of a case" : "it starts nothing";
    if (sla_events[e].ends_case)
        return "it ends every clock of the case, none is met by it";
    return e == SLA_RECEIVED ? "it is the first event of a case, no clock can run before it" : "it stops nothing";
}

static bool as_event(struct policy_reader *r, const struct yaml_node *n, enum policy_event_use use,
                     struct sla_events *known, enum sla_event *ret)
{
    enum sla_event e = yaml_kind(n) == YAML_TEXT ? sla_event_find(yaml_text(n)) : SLA_EVENT_COUNT;

    if (e == SLA_EVENT_COUNT || !(use == POLICY_EVENT_STARTS ? sla_events[e].may_start : sla_events[e].may_stop)) {
        yaml_problem(&r->yaml, n, "found %s: %s; allowed are %s", yaml_found(r->arena, n), why_not(e, use),
                     event_choices(r, use));
        return false;
    }
    for (size_t i = 0; i < known->count; i++)
        if (known->items[i] == e) {
            yaml_problem(&r->yaml, n, "found %s again; allowed is each once", sla_events[e].name);
            return false;
        }
    *ret = e;
    return true;
}

struct sla_events policy_read_events(struct policy_reader *r, const struct yaml_node *map, const char *key,
                                     enum policy_event_use use)
{
    const struct yaml_node *n = yaml_get(map, key);
    enum sla_event *items = arena_array(r->arena, enum sla_event, EVENTS_MAX);
    struct sla_events events = { items, 0 };

    if (map && !n && use != POLICY_EVENT_SKIPS)
        yaml_problem(&r->yaml, map, "found no %s; allowed are %s", key, event_choices(r, use));
    if (!n)
        return events;
    if (yaml_kind(n) != YAML_LIST) {
        events.count = as_event(r, n, use, &events, &items[0]);
        return events;
    }
    if (yaml_count(n) == 0 || yaml_count(n) > EVENTS_MAX) {
        yaml_problem(&r->yaml, n, "found %zu events; allowed are 1 to %d", yaml_count(n), EVENTS_MAX);
        return events;
    }
    YAML_EACH (item, n)
        if (as_event(r, item, use, &events, &items[events.count]))
            events.count++;
    return events;
}

/* ---- terms ---- */

static void read_limit(struct policy_reader *r, const struct yaml_node *n, struct sla_limit *ret)
{
    const char *text = yaml_text(n);
    struct limit fixed;

    if (yaml_kind(n) == YAML_TEXT && limit_parse(text, strlen(text), &fixed) == 0)
        *ret = (struct sla_limit){ SLA_LIMIT_FIXED, fixed };
    else if (strcmp(text, "plan_deadline") == 0)
        *ret = (struct sla_limit){ .kind = SLA_LIMIT_PLAN_DEADLINE };
    else if (strcmp(text, "appointment_end") == 0)
        *ret = (struct sla_limit){ .kind = SLA_LIMIT_APPOINTMENT_END };
    else
        yaml_problem(&r->yaml, n,
                     "found %s; allowed is " POLICY_LIMIT_FORM " (numbers from 1; at most 525600m, 8760h, "
                     "366d, 260wd, 2080wh)",
                     yaml_found(r->arena, n));
}

/* Ascending, from min to max. */
static bool read_percent(struct policy_reader *r, const struct yaml_node *n, int64_t min, int64_t max, int before,
                         int *ret)
{
    int64_t percent;

    if (!yaml_as_int(&r->yaml, n, min, max, &percent))
        return false;
    if (percent <= before) {
        yaml_problem(&r->yaml, n, "found %d after %d; allowed are percents that grow", (int)percent, before);
        return false;
    }
    *ret = (int)percent;
    return true;
}

static struct sla_percents read_warnings(struct policy_reader *r, const struct yaml_node *n)
{
    const struct yaml_node *list = yaml_as_list(&r->yaml, n);
    int *items = arena_array(r->arena, int, POINTS_MAX);
    size_t count = 0;

    if (yaml_count(list) > POINTS_MAX) {
        yaml_problem(&r->yaml, list, "found %zu warnings; allowed are at most %d", yaml_count(list), POINTS_MAX);
        return (struct sla_percents){ items, 0 };
    }
    YAML_EACH (item, list)
        if (read_percent(r, item, 1, 99, count ? items[count - 1] : 0, &items[count]))
            count++;
    return (struct sla_percents){ items, count };
}

static enum sla_level read_level(struct policy_reader *r, const struct yaml_node *map)
{
    const char *names[] = { sla_levels[0].name, sla_levels[1].name, sla_levels[2].name, NULL };

    return (enum sla_level)yaml_enum(&r->yaml, map, "level", names, SLA_WARNING);
}

static void read_step(struct policy_reader *r, const struct yaml_node *item, struct sla_ladder_step *steps, size_t *n)
{
    const struct yaml_node *map = yaml_as_map(&r->yaml, item), *to = yaml_get(map, "to"),
                           *percent = yaml_get(map, "percent");
    struct sla_ladder_step *s = &steps[*n];

    yaml_expect_keys(&r->yaml, map, "percent", "to", "level", NULL);
    if (map && !percent)
        yaml_problem(&r->yaml, map, "found no percent; allowed is a whole number from 100 to %d", PERCENT_MAX);
    if (map && (!to || yaml_is_empty(to) || (yaml_kind(to) == YAML_LIST && yaml_count(to) == 0)))
        yaml_problem(&r->yaml, to ? to : map,
                     "found no receiver, so nobody would hear of it; allowed is at least one "
                     "of %s",
                     policy_read_choices(r, sla_receivers));
    else if (to)
        s->to = as_bits(r, to, sla_receivers);
    s->level = read_level(r, map);
    if (percent && read_percent(r, percent, 100, PERCENT_MAX, *n ? steps[*n - 1].percent : 0, &s->percent))
        (*n)++;
}

static struct sla_ladder read_ladder(struct policy_reader *r, const struct yaml_node *n)
{
    const struct yaml_node *list = yaml_as_list(&r->yaml, n);
    struct sla_ladder_step *steps = arena_array(r->arena, struct sla_ladder_step, POINTS_MAX + 1);
    size_t count = 0;

    if (list && (yaml_count(list) == 0 || yaml_count(list) > POINTS_MAX)) {
        yaml_problem(&r->yaml, list, "found %zu steps; allowed are 1 to %d, so that somebody hears of a breach",
                     yaml_count(list), POINTS_MAX);
        return (struct sla_ladder){ steps, 0 };
    }
    YAML_EACH (item, list)
        read_step(r, item, steps, &count);
    if (count > 0 && steps[0].percent != 100)
        yaml_problem(&r->yaml, yaml_first(list),
                     "found %d%% as the first step, so nobody would hear of the breach "
                     "itself; allowed is 100",
                     steps[0].percent);
    return (struct sla_ladder){ steps, count };
}

/* `read`, if the key is there. */
#define FIELD(key, field, read)                                                                                        \
    do {                                                                                                               \
        const struct yaml_node *n = yaml_get(map, key);                                                                \
        if (n) {                                                                                                       \
            sets |= (field);                                                                                           \
            read;                                                                                                      \
        }                                                                                                              \
    } while (0)

uint32_t policy_read_terms(struct policy_reader *r, const struct yaml_node *map, struct sla_terms *t)
{
    uint32_t sets = 0;

    FIELD("limit", SLA_FIELD_LIMIT, read_limit(r, n, &t->limit));
    FIELD("calendar", SLA_FIELD_CALENDAR, t->calendar = policy_as_calendar(r, n));
    FIELD("pause", SLA_FIELD_PAUSES, t->pauses = as_bits(r, n, sla_pauses));
    FIELD("warn", SLA_FIELD_WARNINGS, t->warnings = read_warnings(r, n));
    FIELD("warn_to", SLA_FIELD_WARN_TO, t->warn_to = as_bits(r, n, sla_receivers));
    FIELD("ladder", SLA_FIELD_LADDER, t->ladder = read_ladder(r, n));
    FIELD("tell_complainant", SLA_FIELD_TELL, yaml_as_bool(&r->yaml, n, &t->tell_complainant));
    return sets;
}
