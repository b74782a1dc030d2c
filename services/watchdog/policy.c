#include "policy.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"

/* ---- events ---- */

static bool among(const struct sla_events *events, enum sla_event e)
{
    for (size_t i = 0; i < events->count; i++)
        if (events->items[i] == e)
            return true;
    return false;
}

bool sla_clock_starts(const struct sla_clock *c, enum sla_event e)
{
    return among(&c->start, e);
}

bool sla_clock_stops(const struct sla_clock *c, enum sla_event e)
{
    return among(&c->stop, e);
}

bool sla_clock_skips(const struct sla_clock *c, enum sla_event e)
{
    return among(&c->skip, e);
}

/* ---- scopes ---- */

/* "repair" holds "repair" and "repair.equipment", not "repairs". */
static bool category_holds(const char *prefix, const char *category)
{
    size_t len = strlen(prefix);

    return strncmp(prefix, category, len) == 0 && (category[len] == '\0' || category[len] == '.');
}

static bool lists(const struct sla_list *l, const char *item)
{
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->items[i], item) == 0)
            return true;
    return false;
}

static bool lists_category(const struct sla_list *l, const char *category)
{
    for (size_t i = 0; i < l->count; i++)
        if (category_holds(l->items[i], category))
            return true;
    return false;
}

bool sla_scope_matches(const struct sla_scope *s, const struct sla_facts *f)
{
    return (s->projects.count == 0 || lists(&s->projects, f->project)) &&
           (s->categories.count == 0 || lists_category(&s->categories, f->category)) &&
           (s->severity == SLA_ANY_SEVERITY || s->severity == f->severity) &&
           (s->complexity == SLA_ANY_COMPLEXITY || s->complexity == f->complexity);
}

static bool covers_list(const struct sla_list *wide, const struct sla_list *narrow,
                        bool (*holds)(const struct sla_list *l, const char *item))
{
    if (wide->count == 0)
        return true;
    for (size_t i = 0; i < narrow->count; i++)
        if (!holds(wide, narrow->items[i]))
            return false;
    return narrow->count > 0;
}

bool sla_scope_covers(const struct sla_scope *wide, const struct sla_scope *narrow)
{
    return covers_list(&wide->projects, &narrow->projects, lists) &&
           covers_list(&wide->categories, &narrow->categories, lists_category) &&
           (wide->severity == SLA_ANY_SEVERITY || wide->severity == narrow->severity) &&
           (wide->complexity == SLA_ANY_COMPLEXITY || wide->complexity == narrow->complexity);
}

/* ---- terms ---- */

static void apply_override(struct sla_terms *t, const struct sla_override *o)
{
    if (o->sets & SLA_FIELD_LIMIT)
        t->limit = o->terms.limit;
    if (o->sets & SLA_FIELD_CALENDAR)
        t->calendar = o->terms.calendar;
    if (o->sets & SLA_FIELD_PAUSES)
        t->pauses = o->terms.pauses;
    if (o->sets & SLA_FIELD_WARNINGS)
        t->warnings = o->terms.warnings;
    if (o->sets & SLA_FIELD_WARN_TO)
        t->warn_to = o->terms.warn_to;
    if (o->sets & SLA_FIELD_LADDER)
        t->ladder = o->terms.ladder;
    if (o->sets & SLA_FIELD_TELL)
        t->tell_complainant = o->terms.tell_complainant;
    if (o->sets & SLA_FIELD_OFF)
        t->off = o->terms.off;
}

/* The clock's own calendar, else the project's, else the policy's. */
static struct sla_terms first_terms(const struct sla_policy *p, const struct sla_clock *c, const char *project)
{
    struct sla_terms t = c->terms;

    if (c->own_calendar)
        return t;
    t.calendar = p->calendar;
    for (size_t i = 0; i < p->project_calendar_count; i++)
        if (project && strcmp(p->project_calendars[i].project, project) == 0)
            t.calendar = p->project_calendars[i].calendar;
    return t;
}

/* No pause moves an agreed date. */
static void finish_terms(struct sla_terms *t)
{
    if (t->limit.kind != SLA_LIMIT_FIXED)
        t->pauses = 0;
}

struct sla_terms sla_terms_for(const struct sla_policy *p, const struct sla_clock *c, const struct sla_scope *s)
{
    struct sla_terms t = first_terms(p, c, s->projects.count == 1 ? s->projects.items[0] : NULL);

    for (size_t i = 0; i < c->override_count; i++)
        if (sla_scope_covers(&c->overrides[i].when, s))
            apply_override(&t, &c->overrides[i]);
    finish_terms(&t);
    return t;
}

bool sla_bind(const struct sla_policy *p, const struct sla_clock *c, const struct sla_facts *f, struct sla_bound *ret)
{
    struct sla_bound b = { .policy = p, .clock = c, .terms = first_terms(p, c, f->project) };

    if (!sla_scope_matches(&p->applies_to, f))
        return false;
    for (size_t i = 0; i < c->override_count; i++) {
        const struct sla_override *o = &c->overrides[i];

        if (!sla_scope_matches(&o->when, f))
            continue;
        apply_override(&b.terms, o);
        if (o->sets & SLA_FIELD_LIMIT)
            b.limit_from = o;
    }
    finish_terms(&b.terms);
    if (b.terms.off)
        return false;
    *ret = b;
    return true;
}

/* ---- the book ---- */

const struct sla_policy *sla_policy_at(const struct sla_book *b, const char *code, int32_t day)
{
    const struct sla_policy *found = NULL;

    for (size_t i = 0; i < b->count; i++)
        if (strcmp(b->policies[i].code, code) == 0 && b->policies[i].effective_from <= day)
            found = &b->policies[i]; /* sorted by version */
    return found;
}

const struct sla_policy *sla_policy_version(const struct sla_book *b, const char *code, int version)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->policies[i].version == version && strcmp(b->policies[i].code, code) == 0)
            return &b->policies[i];
    return NULL;
}

const struct sla_clock *sla_clock_find(const struct sla_policy *p, const char *name)
{
    for (size_t i = 0; i < p->clock_count; i++)
        if (strcmp(p->clocks[i].name, name) == 0)
            return &p->clocks[i];
    return NULL;
}

static int by_code_and_version(const void *a, const void *b)
{
    const struct sla_policy *x = a, *y = b;
    int r = strcmp(x->code, y->code);

    return r ? r : (x->version > y->version) - (x->version < y->version);
}

static bool last_of_its_code(const struct sla_book *b, size_t i)
{
    return i + 1 == b->count || strcmp(b->policies[i].code, b->policies[i + 1].code) != 0;
}

static bool may_share(const struct sla_clock *a, const struct sla_clock *b)
{
    return strcmp(a->step, b->step) == 0 || lists(&a->shares_stop, b->step) || lists(&b->shares_stop, a->step);
}

static void check_versions(const struct sla_policy *p, const struct sla_policy *next, struct strbuf *problems)
{
    if (p->version == next->version)
        strbuf_printf(problems, "%s: version: found %d of policy %s, which %s is too; allowed is each number once\n",
                      next->file, next->version, next->code, p->file);
    else if (next->effective_from < p->effective_from)
        strbuf_printf(problems,
                      "%s: effective_from: found a date before that of version %d in %s; allowed is the same date or "
                      "a later one\n",
                      next->file, p->version, p->file);
}

/* One act never meets two promises by accident, not those of two policies either. */
static void check_stops(const struct sla_policy *p, const struct sla_policy *q, struct strbuf *problems)
{
    for (size_t i = 0; i < p->clock_count; i++)
        for (size_t j = 0; j < q->clock_count; j++) {
            const struct sla_clock *a = &p->clocks[i], *b = &q->clocks[j];

            for (size_t k = 0; k < b->stop.count && !may_share(a, b); k++)
                if (sla_clock_stops(a, b->stop.items[k]))
                    strbuf_printf(problems,
                                  "%s:%u: %s: found stop %s, which stops %s of policy %s too; allowed is an event of "
                                  "its own, the same step, or shares_stop: [%s]\n",
                                  q->file, b->line, b->name, sla_events[b->stop.items[k]].name, a->name, p->code,
                                  a->step);
        }
}

int sla_book_sort(struct arena *a, struct sla_book *b)
{
    struct strbuf problems;

    strbuf_init(&problems, a);
    qsort(b->policies, b->count, sizeof *b->policies, by_code_and_version);
    for (size_t i = 0; i < b->count; i++) {
        if (!last_of_its_code(b, i))
            check_versions(&b->policies[i], &b->policies[i + 1], &problems);
        for (size_t j = i + 1; j < b->count && last_of_its_code(b, i); j++)
            if (last_of_its_code(b, j))
                check_stops(&b->policies[i], &b->policies[j], &problems);
    }
    if (problems.len == 0)
        return 0;
    problems.data[problems.len - 1] = '\0';
    return err_set(ERR_FATAL, "%s", problems.data);
}

/* ---- what an event starts ---- */

static size_t places(const struct sla_book *b)
{
    size_t n = 0;

    for (size_t i = 0; i < b->count; i++)
        n += b->policies[i].clock_count;
    return n;
}

/* Behind the last one of its step. */
static void insert(struct sla_bounds *all, struct sla_bound one)
{
    size_t at = all->count;

    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->items[i].clock->step, one.clock->step) == 0)
            at = i + 1;
    memmove(all->items + at + 1, all->items + at, (all->count - at) * sizeof *all->items);
    all->items[at] = one;
    all->count++;
}

/* Versions stand in their order and their dates never go back: the next one tells whether this one is over. */
static bool in_effect(const struct sla_book *b, size_t i, int32_t day)
{
    return b->policies[i].effective_from <= day && (last_of_its_code(b, i) || b->policies[i + 1].effective_from > day);
}

struct sla_bounds sla_resolve(struct arena *a, const struct sla_book *b, const struct sla_facts *f, enum sla_event e,
                              int32_t day)
{
    struct sla_bounds all = { .items = arena_array(a, struct sla_bound, places(b) + 1) };
    struct sla_bound one;

    for (size_t i = 0; i < b->count; i++) {
        const struct sla_policy *p = &b->policies[i];

        for (size_t j = 0; in_effect(b, i, day) && j < p->clock_count; j++)
            if (sla_clock_starts(&p->clocks[j], e) && sla_bind(p, &p->clocks[j], f, &one))
                insert(&all, one);
    }
    return all;
}

/* ---- when it is due ---- */

static bool agreed(const struct sla_run *r)
{
    return r->terms.limit.kind != SLA_LIMIT_FIXED;
}

/* As the engine sees it; of an agreed instant plain time is the measure. */
static struct clock as_clock(const struct sla_run *r)
{
    struct clock c = { .calendar = r->calendar, .start_us = r->start_us };

    if (agreed(r)) {
        c.limit = (struct limit){ LIMIT_HOURS, 1 };
        return c;
    }
    c.limit = r->terms.limit.fixed;
    c.pauses = r->pauses;
    c.pause_count = r->pause_count;
    return c;
}

enum clock_outcome sla_due(const struct sla_run *r, int64_t *ret_due_us)
{
    struct clock c = as_clock(r);

    if (!agreed(r))
        return clock_due(&c, ret_due_us);
    if (r->agreed_us == CLOCK_NEVER)
        return CLOCK_OUTSIDE;
    *ret_due_us = r->agreed_us; /* however far it is: no calendar has a say in it */
    return CLOCK_REACHED;
}

enum clock_outcome sla_point(const struct sla_run *r, int64_t due_us, int percent, int64_t *ret_us)
{
    struct clock c = as_clock(r);

    return clock_point(&c, due_us, percent, ret_us);
}

size_t sla_strictest(const int64_t due_us[], size_t count)
{
    size_t best = 0;

    for (size_t i = 1; i < count; i++)
        if (due_us[i] < due_us[best])
            best = i;
    return best;
}
