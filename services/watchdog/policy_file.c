/* Policies as files: the reader. What the keys mean is in docs/policies.md. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "common/config/yaml.h"
#include "policy_reader.h"

#define VERSION_MAX 1000000

/* ---- a clock ---- */

/* Which event brings the agreed date; the start must be one of these. */
static bool brings(enum sla_limit_kind kind, enum sla_event e)
{
    switch (kind) {
    case SLA_LIMIT_PLAN_DEADLINE:
        return e == SLA_PLAN_PROPOSED || e == SLA_PLAN_CONFIRMED;
    case SLA_LIMIT_APPOINTMENT_END:
        return e == SLA_APPOINTMENT_AGREED;
    case SLA_LIMIT_FIXED:
        break;
    }
    return true;
}

static void check_agreed(struct policy_reader *r, const struct yaml_node *map, const struct sla_clock *c,
                         const struct sla_terms *t)
{
    const char *from =
        t->limit.kind == SLA_LIMIT_PLAN_DEADLINE ? "plan_proposed or plan_confirmed" : "appointment_agreed";

    for (size_t i = 0; i < c->start.count; i++)
        if (!brings(t->limit.kind, c->start.items[i])) {
            yaml_problem(&r->yaml, yaml_get(map, "limit"),
                         "found %s, but the clock starts with %s; allowed is a start "
                         "that brings the date: %s",
                         yaml_text(yaml_get(map, "limit")), sla_events[c->start.items[i]].name, from);
            return;
        }
    if (t->limit.kind != SLA_LIMIT_FIXED && yaml_count(yaml_get(map, "pause")) > 0)
        yaml_problem(&r->yaml, yaml_get(map, "pause"),
                     "found reasons to pause; no pause moves an agreed date, allowed "
                     "is nothing");
}

/* A warning or a breach that nobody hears of is none. */
static void check_heard(struct policy_reader *r, const struct yaml_node *map, const struct sla_terms *t)
{
    if (t->warnings.count > 0 && !t->warn_to)
        yaml_problem(&r->yaml, yaml_get(map, "warn") ? yaml_get(map, "warn") : map,
                     "found warnings without a receiver; allowed is warn_to with at least one of %s",
                     policy_read_choices(r, sla_receivers));
    if (t->ladder.count == 0 && !yaml_get(map, "ladder"))
        yaml_problem(&r->yaml, map,
                     "found no ladder, so nobody would hear of a breach; allowed is a ladder here or "
                     "under defaults");
}

static void check_limit_calendar(struct policy_reader *r, const struct yaml_node *map, const struct sla_clock *c)
{
    if (!yaml_get(map, "limit"))
        yaml_problem(&r->yaml, map, "found no limit; allowed is " POLICY_LIMIT_FORM);
    else
        check_agreed(r, map, c, &c->terms);
}

/* ---- overrides ---- */

static int depth_of(const char *category)
{
    int depth = 1;

    for (; *category; category++)
        depth += *category == '.';
    return depth;
}

/* Projects before categories (the deeper the stronger) before severity before complexity. */
static int rank_of(const struct sla_scope *s)
{
    int depth = s->categories.count ? depth_of(s->categories.items[0]) : 0;

    return (s->projects.count > 0) << 8 | depth << 2 | (s->severity != 0) << 1 | (s->complexity != 0);
}

static bool share(const struct sla_list *a, const struct sla_list *b)
{
    if (a->count == 0 && b->count == 0)
        return true;
    for (size_t i = 0; i < a->count; i++)
        for (size_t j = 0; j < b->count; j++)
            if (strcmp(a->items[i], b->items[j]) == 0)
                return true;
    return false;
}

/* Of equal rank: is there a case that both are for? */
static bool overlap(const struct sla_scope *a, const struct sla_scope *b)
{
    return share(&a->projects, &b->projects) && share(&a->categories, &b->categories) && a->severity == b->severity &&
           a->complexity == b->complexity;
}

static void check_depths(struct policy_reader *r, const struct yaml_node *when, const struct sla_scope *s)
{
    for (size_t i = 1; i < s->categories.count; i++)
        if (depth_of(s->categories.items[i]) != depth_of(s->categories.items[0])) {
            yaml_problem(&r->yaml, yaml_get(when, "categories"),
                         "found %s beside %s; allowed are categories of one level, others in an override of their own",
                         s->categories.items[i], s->categories.items[0]);
            return;
        }
}

static struct sla_override read_override(struct policy_reader *r, const struct yaml_node *item,
                                         const struct sla_clock *c)
{
    const struct yaml_node *map = yaml_as_map(&r->yaml, item), *when = yaml_map(&r->yaml, map, "when", YAML_REQUIRED);
    struct sla_override o = { .terms = c->terms, .line = yaml_line(item) };

    yaml_expect_keys(&r->yaml, map, "when", "limit", "calendar", "pause", "warn", "warn_to", "ladder",
                     "tell_complainant", "off", NULL);
    o.when = policy_read_scope(r, when);
    check_depths(r, when, &o.when);
    if (when && yaml_count(when) == 0)
        yaml_problem(&r->yaml, when, "found no condition; allowed is projects, categories, severity or complexity");
    o.sets = policy_read_terms(r, map, &o.terms);
    if (yaml_get(map, "off")) {
        o.terms.off = yaml_bool(&r->yaml, map, "off", false);
        o.sets |= SLA_FIELD_OFF;
    }
    if (o.sets == 0 && map)
        yaml_problem(&r->yaml, map,
                     "found nothing that it changes; allowed is limit, calendar, pause, warn, warn_to, "
                     "ladder, tell_complainant or off");
    if (o.sets & SLA_FIELD_LIMIT)
        check_agreed(r, map, c, &o.terms);
    if (o.sets & (SLA_FIELD_WARNINGS | SLA_FIELD_WARN_TO))
        check_heard(r, map, &o.terms);
    return o;
}

/* Behind those of its rank, before the more specific ones. */
static void add_override(struct policy_reader *r, const struct yaml_node *item, struct sla_override *all, size_t n,
                         struct sla_override o)
{
    size_t at = n;

    for (size_t i = 0; i < n; i++)
        if (rank_of(&all[i].when) == rank_of(&o.when) && (all[i].sets & o.sets) && overlap(&all[i].when, &o.when))
            yaml_problem(&r->yaml, item,
                         "found an override for cases for which line %u says the same thing; allowed "
                         "is one of them",
                         all[i].line);
    while (at > 0 && rank_of(&all[at - 1].when) > rank_of(&o.when))
        at--;
    memmove(all + at + 1, all + at, (n - at) * sizeof *all);
    all[at] = o;
}

static void read_overrides(struct policy_reader *r, const struct yaml_node *map, struct sla_clock *c)
{
    const struct yaml_node *list = yaml_list(&r->yaml, map, "overrides", YAML_OPTIONAL);
    struct sla_override *all = arena_array(r->arena, struct sla_override, yaml_count(list) + 1);

    YAML_EACH (item, list)
        add_override(r, item, all, c->override_count++, read_override(r, item, c));
    c->overrides = all;
}

/* ---- starts and stops ---- */

/* An event that comes once and not after the start never stops anything. */
static bool reachable(const struct sla_clock *c, enum sla_event stop)
{
    for (size_t i = 0; sla_events[stop].once && i < c->start.count; i++)
        if (!sla_events[c->start.items[i]].once || c->start.items[i] >= stop)
            return false;
    return true;
}

static void check_stop(struct policy_reader *r, const struct yaml_node *at, const struct sla_clock *c,
                       enum sla_event stop)
{
    const char *name = sla_events[stop].name;

    if (sla_clock_starts(c, stop))
        yaml_problem(&r->yaml, at, "found %s, which starts this clock; allowed is an event that comes later", name);
    else if (!reachable(c, stop))
        yaml_problem(&r->yaml, at, "found %s, which never comes after %s; allowed is an event that can come later",
                     name, sla_events[c->start.items[0]].name);
}

static void read_events(struct policy_reader *r, const struct yaml_node *map, struct sla_clock *c)
{
    c->start = policy_read_events(r, map, "start", POLICY_EVENT_STARTS);
    c->stop = policy_read_events(r, map, "stop", POLICY_EVENT_STOPS);
    c->skip = policy_read_events(r, map, "skip", POLICY_EVENT_SKIPS);
    for (size_t i = 0; i < c->stop.count; i++)
        check_stop(r, yaml_get(map, "stop"), c, c->stop.items[i]);
    for (size_t i = 0; i < c->skip.count; i++) {
        check_stop(r, yaml_get(map, "skip"), c, c->skip.items[i]);
        if (sla_clock_stops(c, c->skip.items[i]))
            yaml_problem(&r->yaml, yaml_get(map, "skip"), "found %s, which stops this clock; allowed is one of both",
                         sla_events[c->skip.items[i]].name);
    }
    c->shares_stop = policy_read_codes(r, map, "shares_stop");
    c->repeats = yaml_bool(&r->yaml, map, "repeat", false);
    c->restarts = yaml_bool(&r->yaml, map, "restart", false);
    if (c->repeats && c->terms.limit.kind != SLA_LIMIT_FIXED)
        yaml_problem(&r->yaml, yaml_get(map, "repeat"),
                     "found true, but the limit is an agreed date, which does not "
                     "come again; allowed is false");
}

static bool may_share(const struct sla_clock *a, const struct sla_clock *b)
{
    if (strcmp(a->step, b->step) == 0)
        return true;
    for (size_t i = 0; i < a->shares_stop.count; i++)
        if (strcmp(a->shares_stop.items[i], b->step) == 0)
            return true;
    return false;
}

/* One act never meets two promises by accident. */
static void check_own_stop(struct policy_reader *r, const struct yaml_node *item, const struct sla_clock *c,
                           const struct sla_clock *others, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct sla_clock *o = &others[i];

        for (size_t j = 0; j < c->stop.count; j++)
            if (sla_clock_stops(o, c->stop.items[j]) && !may_share(c, o) && !may_share(o, c))
                yaml_problem(&r->yaml, yaml_get(item, "stop"),
                             "found %s, which stops %s in line %u too; allowed is an event of its own, or shares_stop: "
                             "[%s] if one act is to meet both",
                             sla_events[c->stop.items[j]].name, o->name, o->line, o->step);
    }
}

static void read_clock(struct policy_reader *r, const struct yaml_node *item, struct sla_clock *c)
{
    const struct yaml_node *map = yaml_as_map(&r->yaml, item);
    uint32_t sets;

    c->name = c->step = c->rule = "";
    c->line = yaml_line(item);
    if (!map)
        return;
    yaml_expect_keys(&r->yaml, map, "clock", "step", "rule", "name", "start", "stop", "skip", "shares_stop", "limit",
                     "repeat", "restart", "calendar", "pause", "warn", "warn_to", "ladder", "tell_complainant",
                     "publish", "overrides", NULL);
    c->name = policy_read_code(r, map, "clock", YAML_REQUIRED);
    c->step = yaml_get(map, "step") ? policy_read_code(r, map, "step", YAML_REQUIRED) : c->name;
    c->rule = policy_read_rule(r, map);
    c->title = policy_read_text(r, map, "name", YAML_REQUIRED);
    c->terms = r->defaults;
    sets = policy_read_terms(r, map, &c->terms);
    c->own_calendar = sets & SLA_FIELD_CALENDAR;
    if (!c->own_calendar)
        c->terms.calendar = r->policy.calendar;
    read_events(r, map, c);
    check_limit_calendar(r, map, c);
    check_heard(r, map, &c->terms);
    if (c->terms.limit.kind != SLA_LIMIT_FIXED)
        c->terms.pauses = 0;
    c->published = yaml_bool(&r->yaml, map, "publish", true);
    read_overrides(r, map, c);
}

/* ---- the policy ---- */

static void read_clocks(struct policy_reader *r, const struct yaml_node *root)
{
    const struct yaml_node *list = yaml_list(&r->yaml, root, "clocks", YAML_REQUIRED);
    struct sla_clock *clocks = arena_array(r->arena, struct sla_clock, yaml_count(list) + 1);

    if (list && yaml_count(list) == 0)
        yaml_problem(&r->yaml, list, "found none; allowed is at least one clock");
    yaml_expect_unique(&r->yaml, list, "clock");
    r->policy.clocks = clocks;
    YAML_EACH (item, list) {
        struct sla_clock *c = &clocks[r->policy.clock_count];

        read_clock(r, item, c);
        check_own_stop(r, item, c, clocks, r->policy.clock_count++);
    }
}

static void read_project_calendars(struct policy_reader *r, const struct yaml_node *root)
{
    const struct yaml_node *map = yaml_map(&r->yaml, root, "project_calendars", YAML_OPTIONAL);
    struct sla_project_calendar *all = arena_array(r->arena, struct sla_project_calendar, yaml_count(map) + 1);
    size_t n = 0;

    YAML_EACH (value, map) {
        all[n].project = policy_check_project(r, yaml_key_node(value), yaml_key(value));
        all[n].calendar = policy_as_calendar(r, value);
        if (all[n].project && all[n].calendar)
            n++;
    }
    r->policy.project_calendars = all;
    r->policy.project_calendar_count = n;
}

static void read_head(struct policy_reader *r, const struct yaml_node *root)
{
    const struct yaml_node *from = yaml_get(root, "effective_from");
    struct sla_policy *p = &r->policy;

    p->code = policy_read_code(r, root, "policy", YAML_REQUIRED);
    p->version = (int)yaml_int_required(&r->yaml, root, "version", 1, VERSION_MAX);
    if (!from || yaml_kind(from) != YAML_TEXT ||
        !calendar_date_parse(yaml_text(from), strlen(yaml_text(from)), &p->effective_from))
        yaml_problem(&r->yaml, from ? from : root, "%sfound %s; allowed is a date such as 2026-01-01",
                     from ? "" : "effective_from: ", from ? yaml_found(r->arena, from) : "nothing");
    p->title = policy_read_text(r, root, "name", YAML_REQUIRED);
    p->basis = policy_read_text(r, root, "basis", YAML_OPTIONAL);
    p->applies_to = policy_read_scope(r, yaml_map(&r->yaml, root, "applies_to", YAML_OPTIONAL));
    if (yaml_get(root, "calendar"))
        p->calendar = policy_as_calendar(r, yaml_get(root, "calendar"));
    else
        yaml_problem(&r->yaml, root, "calendar: found nothing; allowed is the name of a calendar, such as office");
}

static void read_defaults(struct policy_reader *r, const struct yaml_node *root)
{
    const struct yaml_node *map = yaml_map(&r->yaml, root, "defaults", YAML_OPTIONAL);

    yaml_expect_keys(&r->yaml, map, "pause", "warn", "warn_to", "ladder", "tell_complainant", NULL);
    policy_read_terms(r, map, &r->defaults);
}

static int read_policy(struct arena *a, const struct yaml_node *root, const struct sla_names *known,
                       struct sla_policy *ret)
{
    static const struct sla_names anything;
    struct policy_reader *r = arena_new(a, struct policy_reader);
    int e;

    r->arena = a;
    r->known = known ? known : &anything;
    r->policy.file = yaml_file(root);
    yaml_reader_init(&r->yaml, a);
    root = yaml_as_map(&r->yaml, root);
    if (root) {
        yaml_expect_keys(&r->yaml, root, "policy", "version", "effective_from", "name", "basis", "applies_to",
                         "calendar", "project_calendars", "defaults", "clocks", NULL);
        read_head(r, root);
        read_project_calendars(r, root);
        read_defaults(r, root);
        read_clocks(r, root);
    }
    e = yaml_reader_result(&r->yaml);
    if (e == 0)
        *ret = r->policy;
    return e;
}

int sla_policy_load_file(struct arena *a, const char *path, const struct sla_names *known, struct sla_policy *ret)
{
    const struct yaml_node *root;
    int e = yaml_load_file(a, path, &root);

    return e < 0 ? e : read_policy(a, root, known, ret);
}

int sla_policy_load_text(struct arena *a, const char *name, const char *text, size_t len, const struct sla_names *known,
                         struct sla_policy *ret)
{
    const struct yaml_node *root;
    int e = yaml_load_text(a, name, text, len, &root);

    return e < 0 ? e : read_policy(a, root, known, ret);
}
