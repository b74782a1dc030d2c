/* What changes from one version of a policy to another, and for whom. */
#include <stdio.h>
#include <string.h>

#include "policy.h"

struct diff {
    struct arena *arena;
    const struct sla_policy *before, *after;
    struct sla_change *changes;
    size_t count, room;
};

static void add(struct diff *d, const char *clock, const char *what, const char *whom, const char *before,
                const char *after)
{
    if (strcmp(before, after) == 0)
        return;
    if (d->count == d->room) {
        size_t room = d->room ? 2 * d->room : 16;
        struct sla_change *grown = arena_array(d->arena, struct sla_change, room);

        if (d->count > 0)
            memcpy(grown, d->changes, d->count * sizeof *grown);
        d->changes = grown;
        d->room = room;
    }
    d->changes[d->count++] = (struct sla_change){ clock, what, whom, before, after };
}

/* ---- values as texts ---- */

static void add_list(struct strbuf *b, const char *one, const char *many, const struct sla_list *l)
{
    if (l->count > 0)
        strbuf_printf(b, "%s%s", b->len ? "; " : "", l->count > 1 ? many : one);
    for (size_t i = 0; i < l->count; i++)
        strbuf_printf(b, "%s%s", i ? ", " : "", l->items[i]);
}

const char *sla_scope_text(struct arena *a, const struct sla_scope *s)
{
    struct strbuf b;

    strbuf_init(&b, a);
    add_list(&b, "project ", "projects ", &s->projects);
    add_list(&b, "category ", "categories ", &s->categories);
    if (s->severity)
        strbuf_printf(&b, "%sseverity %s", b.len ? "; " : "", sla_severities[s->severity].name);
    if (s->complexity)
        strbuf_printf(&b, "%scomplexity %s", b.len ? "; " : "", sla_complexities[s->complexity].name);
    return b.len ? b.data : "all cases";
}

static const char *events_text(struct arena *a, const struct sla_events *events)
{
    struct strbuf b;

    strbuf_init(&b, a);
    strbuf_adds(&b, "");
    for (size_t i = 0; i < events->count; i++)
        strbuf_printf(&b, "%s%s", i ? ", " : "", sla_events[events->items[i]].name);
    return b.data;
}

static const char *bits_text(struct arena *a, uint32_t bits, const struct sla_word words[])
{
    struct strbuf b;

    strbuf_init(&b, a);
    strbuf_adds(&b, "");
    for (uint32_t i = 0; words[i].name; i++)
        if (bits & UINT32_C(1) << i)
            strbuf_printf(&b, "%s%s", b.len ? ", " : "", words[i].name);
    return b.data;
}

static const char *limit_text(struct arena *a, struct sla_limit l)
{
    char text[LIMIT_TEXT_SIZE];

    sla_limit_format(l, text);
    return arena_strdup(a, text);
}

static const char *warnings_text(struct arena *a, const struct sla_percents *w)
{
    struct strbuf b;

    strbuf_init(&b, a);
    strbuf_adds(&b, "");
    for (size_t i = 0; i < w->count; i++)
        strbuf_printf(&b, "%s%d%%", i ? ", " : "", w->items[i]);
    return b.data;
}

static const char *ladder_text(struct arena *a, const struct sla_ladder *l)
{
    struct strbuf b;

    strbuf_init(&b, a);
    strbuf_adds(&b, "");
    for (size_t i = 0; i < l->count; i++)
        strbuf_printf(&b, "%s%d%%: %s (%s)", i ? "; " : "", l->items[i].percent,
                      bits_text(a, l->items[i].to, sla_receivers), sla_levels[l->items[i].level].name);
    return b.data;
}

static const char *yes_no(bool b)
{
    return b ? "yes" : "no";
}

static const char *title_text(struct arena *a, const struct sla_text *t)
{
    return *t->zh || *t->en ? arena_printf(a, "%s / %s", t->zh, t->en) : "";
}

/* One of the terms that overrides may change, as a text. */
static const char *field_text(struct arena *a, const struct sla_terms *t, enum sla_field field)
{
    switch (field) {
    case SLA_FIELD_LIMIT:
        return limit_text(a, t->limit);
    case SLA_FIELD_CALENDAR:
        return t->calendar;
    case SLA_FIELD_PAUSES:
        return bits_text(a, t->pauses, sla_pauses);
    case SLA_FIELD_WARNINGS:
        return warnings_text(a, &t->warnings);
    case SLA_FIELD_WARN_TO:
        return bits_text(a, t->warn_to, sla_receivers);
    case SLA_FIELD_LADDER:
        return ladder_text(a, &t->ladder);
    case SLA_FIELD_TELL:
        return yes_no(t->tell_complainant);
    case SLA_FIELD_OFF:
        return yes_no(t->off);
    }
    return "";
}

static const struct {
    enum sla_field field;
    const char *name;
} fields[] = {
    { SLA_FIELD_LIMIT, "limit" },           { SLA_FIELD_CALENDAR, "calendar" }, { SLA_FIELD_PAUSES, "pause" },
    { SLA_FIELD_WARNINGS, "warn" },         { SLA_FIELD_WARN_TO, "warn_to" },   { SLA_FIELD_LADDER, "ladder" },
    { SLA_FIELD_TELL, "tell_complainant" }, { SLA_FIELD_OFF, "off" },
};

/* ---- clocks ---- */

static bool same_list(const struct sla_list *a, const struct sla_list *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i], b->items[i]) != 0)
            return false;
    return true;
}

static bool same_scope(const struct sla_scope *a, const struct sla_scope *b)
{
    return same_list(&a->projects, &b->projects) && same_list(&a->categories, &b->categories) &&
           a->severity == b->severity && a->complexity == b->complexity;
}

/* One of the first `count` overrides is for exactly this scope. */
static bool has_scope(const struct sla_clock *c, size_t count, const struct sla_scope *s)
{
    for (size_t i = 0; i < count; i++)
        if (same_scope(&c->overrides[i].when, s))
            return true;
    return false;
}

static bool overrides_field(const struct sla_clock *c, const struct sla_scope *s, enum sla_field field)
{
    for (size_t i = 0; i < c->override_count; i++)
        if ((c->overrides[i].sets & field) && (!s || same_scope(&c->overrides[i].when, s)))
            return true;
    return false;
}

/* The terms of a scope, where either version has an override of its own for it. */
static void compare_scope(struct diff *d, const struct sla_clock *x, const struct sla_clock *y,
                          const struct sla_scope *s)
{
    struct sla_terms before = sla_terms_for(d->before, x, s), after = sla_terms_for(d->after, y, s);
    const char *whom = sla_scope_text(d->arena, s);

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (overrides_field(x, s, fields[i].field) || overrides_field(y, s, fields[i].field))
            add(d, y->name, fields[i].name, whom, field_text(d->arena, &before, fields[i].field),
                field_text(d->arena, &after, fields[i].field));
}

static void compare_terms(struct diff *d, const struct sla_clock *x, const struct sla_clock *y)
{
    static const struct sla_scope all;
    struct sla_terms before = sla_terms_for(d->before, x, &all), after = sla_terms_for(d->after, y, &all);

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        bool others = overrides_field(x, NULL, fields[i].field) || overrides_field(y, NULL, fields[i].field);

        if (fields[i].field != SLA_FIELD_CALENDAR || x->own_calendar || y->own_calendar)
            add(d, y->name, fields[i].name, others ? "all other cases" : "all cases",
                field_text(d->arena, &before, fields[i].field), field_text(d->arena, &after, fields[i].field));
    }
    for (size_t i = 0; i < y->override_count; i++)
        if (!has_scope(y, i, &y->overrides[i].when))
            compare_scope(d, x, y, &y->overrides[i].when);
    for (size_t i = 0; i < x->override_count; i++)
        if (!has_scope(x, i, &x->overrides[i].when) && !has_scope(y, y->override_count, &x->overrides[i].when))
            compare_scope(d, x, y, &x->overrides[i].when);
}

static void compare_clocks(struct diff *d, const struct sla_clock *x, const struct sla_clock *y)
{
    struct arena *a = d->arena;
    const char *all = "all cases";

    add(d, y->name, "name", all, title_text(a, &x->title), title_text(a, &y->title));
    add(d, y->name, "rule", all, x->rule, y->rule);
    add(d, y->name, "step", all, x->step, y->step);
    add(d, y->name, "start", all, events_text(a, &x->start), events_text(a, &y->start));
    add(d, y->name, "stop", all, events_text(a, &x->stop), events_text(a, &y->stop));
    add(d, y->name, "skip", all, events_text(a, &x->skip), events_text(a, &y->skip));
    add(d, y->name, "repeat", all, yes_no(x->repeats), yes_no(y->repeats));
    add(d, y->name, "restart", all, yes_no(x->restarts), yes_no(y->restarts));
    add(d, y->name, "publish", all, yes_no(x->published), yes_no(y->published));
    compare_terms(d, x, y);
}

/* A clock that is new or gone, in a line. */
static const char *clock_text(struct arena *a, const struct sla_clock *c)
{
    return arena_printf(a, "%s, from %s to %s", limit_text(a, c->terms.limit), events_text(a, &c->start),
                        events_text(a, &c->stop));
}

/* ---- the policy ---- */

static const char *project_calendar(const struct sla_policy *p, const char *project)
{
    for (size_t i = 0; i < p->project_calendar_count; i++)
        if (strcmp(p->project_calendars[i].project, project) == 0)
            return p->project_calendars[i].calendar;
    return NULL;
}

static void compare_project_calendars(struct diff *d)
{
    const struct sla_policy *x = d->before, *y = d->after;

    for (size_t i = 0; i < y->project_calendar_count; i++) {
        const char *project = y->project_calendars[i].project, *before = project_calendar(x, project);

        add(d, NULL, "calendar", arena_printf(d->arena, "project %s", project), before ? before : x->calendar,
            y->project_calendars[i].calendar);
    }
    for (size_t i = 0; i < x->project_calendar_count; i++)
        if (!project_calendar(y, x->project_calendars[i].project))
            add(d, NULL, "calendar", arena_printf(d->arena, "project %s", x->project_calendars[i].project),
                x->project_calendars[i].calendar, y->calendar);
}

static void compare_policies(struct diff *d)
{
    const struct sla_policy *x = d->before, *y = d->after;
    const char *others = x->project_calendar_count || y->project_calendar_count ? "all other cases" : "all cases";

    add(d, NULL, "name", "all cases", title_text(d->arena, &x->title), title_text(d->arena, &y->title));
    add(d, NULL, "basis", "all cases", title_text(d->arena, &x->basis), title_text(d->arena, &y->basis));
    add(d, NULL, "applies_to", "all cases", sla_scope_text(d->arena, &x->applies_to),
        sla_scope_text(d->arena, &y->applies_to));
    add(d, NULL, "calendar", others, x->calendar, y->calendar);
    compare_project_calendars(d);
}

size_t sla_diff(struct arena *a, const struct sla_policy *before, const struct sla_policy *after,
                struct sla_change **ret)
{
    struct diff d = { .arena = a, .before = before, .after = after };

    compare_policies(&d);
    for (size_t i = 0; i < after->clock_count; i++) {
        const struct sla_clock *y = &after->clocks[i], *x = sla_clock_find(before, y->name);

        if (x)
            compare_clocks(&d, x, y);
        else
            add(&d, y->name, "clock", "all cases", "", clock_text(a, y));
    }
    for (size_t i = 0; i < before->clock_count; i++)
        if (!sla_clock_find(after, before->clocks[i].name))
            add(&d, before->clocks[i].name, "clock", "all cases", clock_text(a, &before->clocks[i]), "");
    *ret = d.changes;
    return d.count;
}
