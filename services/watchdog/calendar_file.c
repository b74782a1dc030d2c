/* Calendars as files: the reader. What the keys mean is in docs/clocks.md. */
#include <stdlib.h>
#include <string.h>

#include "calendar.h"
#include "common/base/error.h"
#include "common/config/yaml.h"

#define WINDOWS_MAX 24
#define RULES_MAX   20000
#define NAME_CHARS  64

#define DAY_VALUES  "off, work or a list of windows such as [\"08:30-12:00\", \"13:30-17:30\"]"
#define WEEK_VALUES "off or a list of windows such as [\"08:30-12:00\", \"13:30-17:30\"]"
#define WINDOW_FORM "HH:MM-HH:MM within 00:00-24:00, such as \"08:30-12:00\""
#define DATE_FORM   "a date such as 2026-10-01, or a first and a last one such as 2026-10-01..2026-10-07"

struct reader {
    struct yaml_reader yaml;
    struct arena *arena;
    struct calendar_facts facts;
    struct day_rule *rules;
    struct day_name *names;
};

/* ---- windows ---- */

/* Two digits, a colon, two digits; 24:00 at most. */
static bool parse_minutes(const char *t, uint16_t *ret)
{
    int h, m;

    for (int i = 0; i < 5; i++)
        if (i == 2 ? t[i] != ':' : t[i] < '0' || t[i] > '9')
            return false;
    h = (t[0] - '0') * 10 + (t[1] - '0');
    m = (t[3] - '0') * 10 + (t[4] - '0');
    if (m > 59 || h * 60 + m > 24 * 60)
        return false;
    *ret = (uint16_t)(h * 60 + m);
    return true;
}

static bool parse_window(const char *text, struct hours *ret)
{
    return strlen(text) == 11 && text[5] == '-' && parse_minutes(text, &ret->open) &&
           parse_minutes(text + 6, &ret->close);
}

/* One window of a day; false, with the problem told, where it is none or does not follow the one before. */
static bool read_window(struct reader *r, const struct yaml_node *n, const struct yaml_node *before,
                        const struct hours *last, struct hours *ret)
{
    const char *found = yaml_found(r->arena, n);

    if (yaml_kind(n) != YAML_TEXT || !parse_window(yaml_text(n), ret))
        yaml_problem(&r->yaml, n, "found %s; allowed is " WINDOW_FORM, found);
    else if (ret->open >= ret->close)
        yaml_problem(&r->yaml, n,
                     "found %s, which ends before it has begun; allowed is a window that ends later than "
                     "it begins (one over midnight is two, on two days)",
                     found);
    else if (last && ret->open < last->close)
        yaml_problem(&r->yaml, n,
                     "found %s, which begins before %s ends; allowed are windows in their order that do "
                     "not overlap",
                     found, yaml_found(r->arena, before));
    else
        return true;
    return false;
}

static struct hours_list read_windows(struct reader *r, const struct yaml_node *list)
{
    struct hours *items = arena_array(r->arena, struct hours, yaml_count(list) + 1);
    const struct yaml_node *before = NULL;
    size_t n = 0;

    if (yaml_count(list) > WINDOWS_MAX) {
        yaml_problem(&r->yaml, list, "found %zu windows; at most %d are allowed", yaml_count(list), WINDOWS_MAX);
        return (struct hours_list){ items, 0 };
    }
    YAML_EACH (item, list) {
        if (read_window(r, item, before, n ? &items[n - 1] : NULL, &items[n])) {
            before = item;
            n++;
        }
    }
    return (struct hours_list){ items, n };
}

static bool is_text(const struct yaml_node *n, const char *text)
{
    return yaml_kind(n) == YAML_TEXT && strcmp(yaml_text(n), text) == 0;
}

/* Hours of a weekday or of make-up workdays: a list of windows, or off. */
static struct hours_list read_hours(struct reader *r, const struct yaml_node *n)
{
    if (yaml_kind(n) == YAML_LIST)
        return read_windows(r, n);
    if (!is_text(n, "off"))
        yaml_problem(&r->yaml, n, "found %s; allowed is " WEEK_VALUES, yaml_found(r->arena, n));
    return (struct hours_list){ 0 };
}

static void read_week(struct reader *r, const struct yaml_node *root)
{
    const struct yaml_node *week = yaml_map(&r->yaml, root, "week", YAML_REQUIRED);

    if (!week)
        return;
    yaml_expect_keys_in(&r->yaml, week, calendar_weekdays);
    for (int i = 0; i < 7; i++) {
        const struct yaml_node *day = yaml_get(week, calendar_weekdays[i]);

        if (day)
            r->facts.week[i] = read_hours(r, day);
        else
            yaml_problem(&r->yaml, week, "found no \"%s\"; allowed is each day of the week, as " WEEK_VALUES,
                         calendar_weekdays[i]);
    }
}

/* ---- dates ---- */

static bool parse_dates(const char *text, int32_t *first, int32_t *last)
{
    const char *dots = strstr(text, "..");
    size_t len = dots ? (size_t)(dots - text) : strlen(text);

    if (!calendar_date_parse(text, len, first))
        return false;
    if (!dots) {
        *last = *first;
        return true;
    }
    return calendar_date_parse(dots + 2, strlen(dots + 2), last);
}

/* The dates that a key names; false, with the problem told, if it names none. */
static bool read_dates(struct reader *r, const struct yaml_node *value, int32_t *first, int32_t *last)
{
    const struct yaml_node *key = yaml_key_node(value);
    const char *found = yaml_quote(r->arena, yaml_key(value));

    if (!parse_dates(yaml_key(value), first, last))
        yaml_problem_at(&r->yaml, yaml_file(key), yaml_line(key), yaml_column(key),
                        "found %s; allowed is " DATE_FORM ", from %d to %d", found, CALENDAR_FIRST_YEAR,
                        CALENDAR_LAST_YEAR);
    else if (*last < *first)
        yaml_problem_at(&r->yaml, yaml_file(key), yaml_line(key), yaml_column(key),
                        "found %s, whose last date is before its first; allowed is " DATE_FORM, found);
    else
        return true;
    return false;
}

/* Tells that a line names dates that an earlier one names already. */
static void tell_repeated(struct reader *r, const struct yaml_node *value, int32_t first, int32_t last, int32_t before,
                          int32_t before_last, unsigned line)
{
    const struct yaml_node *key = yaml_key_node(value);
    char date[CALENDAR_DATE_SIZE];

    calendar_date_format(first > before ? first : before, date);
    yaml_problem_at(&r->yaml, yaml_file(key), yaml_line(key), yaml_column(key),
                    "found %s again%s, which line %u has already; allowed is one line for a date", date,
                    (last < before_last ? last : before_last) > (first > before ? first : before) ? " and more" : "",
                    line);
}

/* Where a range belongs among sorted ranges; both kinds of line begin with first and last. */
#define PLACE_OF(items, count, day)                                                                                    \
    ({                                                                                                                 \
        size_t low_ = 0, high_ = (count);                                                                              \
        while (low_ < high_) {                                                                                         \
            size_t mid_ = low_ + (high_ - low_) / 2;                                                                   \
            if ((items)[mid_].last < (day))                                                                            \
                low_ = mid_ + 1;                                                                                       \
            else                                                                                                       \
                high_ = mid_;                                                                                          \
        }                                                                                                              \
        low_;                                                                                                          \
    })

static void add_rule(struct reader *r, const struct yaml_node *value, struct day_rule rule)
{
    size_t at = PLACE_OF(r->rules, r->facts.rule_count, rule.first);
    struct day_rule *place = &r->rules[at];

    if (at < r->facts.rule_count && place->first <= rule.last) {
        tell_repeated(r, value, rule.first, rule.last, place->first, place->last, place->line);
        return;
    }
    memmove(place + 1, place, (r->facts.rule_count - at) * sizeof *place);
    *place = rule;
    r->facts.rule_count++;
}

static void read_day(struct reader *r, const struct yaml_node *value)
{
    struct day_rule rule = { .line = yaml_line(yaml_key_node(value)) };
    bool dated = read_dates(r, value, &rule.first, &rule.last);

    if (yaml_kind(value) == YAML_LIST) {
        rule.hours = read_windows(r, value);
        rule.kind = yaml_count(value) ? DAY_HOURS : DAY_OFF;
    } else if (is_text(value, "off")) {
        rule.kind = DAY_OFF;
    } else if (is_text(value, "work")) {
        rule.kind = DAY_MAKE_UP;
        if (r->facts.make_up.count == 0)
            yaml_problem(&r->yaml, value,
                         "found work, but nothing says its hours (no make_up_hours, and Monday is off); "
                         "allowed is a list of windows, or work with make_up_hours");
    } else {
        yaml_problem(&r->yaml, value, "found %s; allowed is " DAY_VALUES, yaml_found(r->arena, value));
        return;
    }
    if (dated)
        add_rule(r, value, rule);
}

static void read_name(struct reader *r, const struct yaml_node *value)
{
    struct day_name name = { .line = yaml_line(yaml_key_node(value)) }, *place;
    bool dated = read_dates(r, value, &name.first, &name.last);
    size_t at;

    name.name = yaml_as_string(&r->yaml, value, 1, NAME_CHARS);
    if (!dated || !name.name)
        return;
    at = PLACE_OF(r->names, r->facts.name_count, name.first);
    place = &r->names[at];
    if (at < r->facts.name_count && place->first <= name.last) {
        tell_repeated(r, value, name.first, name.last, place->first, place->last, place->line);
        return;
    }
    memmove(place + 1, place, (r->facts.name_count - at) * sizeof *place);
    *place = name;
    r->facts.name_count++;
}

static const struct yaml_node *map_of_dates(struct reader *r, const struct yaml_node *root, const char *key)
{
    const struct yaml_node *map = yaml_map(&r->yaml, root, key, YAML_OPTIONAL);

    if (yaml_count(map) <= RULES_MAX)
        return map;
    yaml_problem(&r->yaml, map, "found %zu lines; at most %d are allowed", yaml_count(map), RULES_MAX);
    return NULL;
}

/* ---- the file ---- */

static int read_zone(struct reader *r, const struct yaml_node *root, int first_year, int last_year)
{
    const char *name = yaml_string(&r->yaml, root, "zone", YAML_REQUIRED, 1, 64);
    int e = name ? zone_load(r->arena, name, first_year - 1, last_year + 1, &r->facts.zone) : 0;

    if (e > 0)
        yaml_problem(&r->yaml, yaml_get(root, "zone"),
                     "found %s; allowed is a zone of the IANA database, such as Asia/Shanghai",
                     yaml_quote(r->arena, name));
    return e < 0 ? e : 0;
}

static void read_known_until(struct reader *r, const struct yaml_node *root)
{
    const struct yaml_node *n = yaml_get(root, "known_until");

    if (!n)
        return;
    r->facts.has_known_until = true;
    if (yaml_kind(n) != YAML_TEXT || !calendar_date_parse(yaml_text(n), strlen(yaml_text(n)), &r->facts.known_until))
        yaml_problem(&r->yaml, n, "found %s; allowed is a date such as 2026-12-31, from %d to %d",
                     yaml_found(r->arena, n), CALENDAR_FIRST_YEAR, CALENDAR_LAST_YEAR);
}

static void read_all(struct reader *r, const struct yaml_node *root)
{
    static const char *const day_ends[] = { "close", "midnight", NULL };
    const struct yaml_node *make_up = yaml_get(root, "make_up_hours"), *days, *names;

    read_week(r, root);
    r->facts.make_up = make_up ? read_hours(r, make_up) : r->facts.week[0];
    r->facts.ends_at_midnight = yaml_enum(&r->yaml, root, "day_end", day_ends, 0) == 1;
    read_known_until(r, root);
    days = map_of_dates(r, root, "days");
    names = map_of_dates(r, root, "names");
    r->facts.rules = r->rules = arena_array(r->arena, struct day_rule, yaml_count(days) + 1);
    r->facts.names = r->names = arena_array(r->arena, struct day_name, yaml_count(names) + 1);
    YAML_EACH (value, days)
        read_day(r, value);
    YAML_EACH (value, names)
        read_name(r, value);
}

static int read_calendar(struct arena *a, const struct yaml_node *root, int first_year, int last_year,
                         struct calendar *ret)
{
    struct reader *r = arena_new(a, struct reader);
    int e;

    r->arena = a;
    yaml_reader_init(&r->yaml, a);
    root = yaml_as_map(&r->yaml, root);
    if (root) {
        yaml_expect_keys(&r->yaml, root, "zone", "week", "make_up_hours", "day_end", "known_until", "days", "names",
                         NULL);
        e = read_zone(r, root, first_year, last_year);
        if (e < 0)
            return e;
        read_all(r, root);
    }
    e = yaml_reader_result(&r->yaml);
    return e < 0 ? e : calendar_prepare(a, &r->facts, first_year, last_year, ret);
}

int calendar_load_file(struct arena *a, const char *path, int first_year, int last_year, struct calendar *ret)
{
    const struct yaml_node *root;
    int e = yaml_load_file(a, path, &root);

    return e < 0 ? e : read_calendar(a, root, first_year, last_year, ret);
}

int calendar_load_text(struct arena *a, const char *name, const char *text, size_t len, int first_year, int last_year,
                       struct calendar *ret)
{
    const struct yaml_node *root;
    int e = yaml_load_text(a, name, text, len, &root);

    return e < 0 ? e : read_calendar(a, root, first_year, last_year, ret);
}
