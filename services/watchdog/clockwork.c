#include "clockwork.h"

#include <string.h>

#include "common/base/error.h"

#define OPEN(clock) ((clock)->state == CLOCK_RUNNING || (clock)->state == CLOCK_WAITING)

const int64_t *case_clock_next(const struct case_clock *c)
{
    return c->state == CLOCK_RUNNING && c->fired < c->point_count ? &c->points[c->fired] : NULL;
}

/* ---- lists ---- */

static struct clock_change *tell(struct clock_changes *out, enum change_kind kind, const struct case_clock *clock,
                                 int64_t at_us)
{
    out->items = arena_room(out->arena, out->items, out->count, &out->cap, sizeof(*out->items), 16);
    out->items[out->count] = (struct clock_change){ .kind = kind, .clock = *clock, .at_us = at_us };
    return &out->items[out->count++];
}

static struct case_clock *add_clock(struct arena *a, struct case_clocks *list)
{
    list->items = arena_room(a, list->items, list->count, &list->cap, sizeof(struct case_clock *), 16);
    return list->items[list->count++] = arena_new(a, struct case_clock);
}

/* ---- when it is due ---- */

static struct sla_facts facts_of(const struct clock_case *c)
{
    return (struct sla_facts){ c->project, c->category, c->severity, c->complexity };
}

bool clockwork_terms(const struct promises *p, const struct clock_case *c, const struct case_clock *clock,
                     struct sla_bound *ret)
{
    const struct sla_policy *policy = sla_policy_version(p->book, clock->policy, clock->policy_version);
    const struct sla_clock *rule = policy ? sla_clock_find(policy, clock->name) : NULL;
    struct sla_facts facts = facts_of(c);

    return rule && sla_bind(policy, rule, &facts, ret);
}

/* The pauses that count for it. */
static size_t pauses_of(struct arena *a, const struct clock_case *c, uint32_t reasons, int64_t start_us,
                        struct pause **ret)
{
    struct pause *pauses = arena_array(a, struct pause, c->pause_count + 1);
    size_t n = 0;

    for (size_t i = 0; i < c->pause_count; i++)
        if (c->pauses[i].reason & reasons)
            pauses[n++] = (struct pause){ c->pauses[i].from_us, c->pauses[i].to_us };
    *ret = pauses;
    return clock_pauses_merge(pauses, n, start_us);
}

static int bind_run(struct arena *a, const struct promises *p, const struct clock_case *c,
                    const struct case_clock *clock, struct sla_bound *ret_bound, struct sla_run *ret)
{
    struct pause *pauses;

    if (!clockwork_terms(p, c, clock, ret_bound)) {
        err_set(ERR_POISON, "policy %s version %d promises nothing as clock %s", clock->policy, clock->policy_version,
                clock->name);
        return ERR_POISON;
    }
    *ret = (struct sla_run){ .terms = ret_bound->terms,
                             .calendar = p->calendar(p, ret_bound->terms.calendar),
                             .start_us = clock->started_us,
                             .agreed_us = clock->agreed_us };
    if (!ret->calendar)
        return err_set(ERR_POISON, "policy %s names calendar %s, which is not there", clock->policy,
                       ret_bound->terms.calendar);
    ret->pause_count = pauses_of(a, c, ret_bound->terms.pauses, clock->started_us, &pauses);
    ret->pauses = pauses;
    return 0;
}

int clockwork_run(struct arena *a, const struct promises *p, const struct clock_case *c, const struct case_clock *clock,
                  struct sla_run *ret)
{
    struct sla_bound bound;

    return bind_run(a, p, c, clock, &bound, ret);
}

static void work_out_points(struct arena *a, const struct sla_run *run, struct case_clock *clock)
{
    const struct sla_terms *t = &run->terms;
    size_t n = t->warnings.count + t->ladder.count;

    clock->points = arena_array(a, int64_t, n + 1);
    clock->percents = arena_array(a, int16_t, n + 1);
    clock->point_count = 0;
    for (size_t i = 0; i < n; i++) {
        int percent = i < t->warnings.count ? t->warnings.items[i] : t->ladder.items[i - t->warnings.count].percent;

        if (sla_point(run, clock->due_us, percent, &clock->points[clock->point_count]) != CLOCK_REACHED)
            break;
        clock->percents[clock->point_count++] = (int16_t)percent;
    }
}

/* Due instant, points and state of a clock that has not ended. How many points were told stays as it was, by their
 * percents: other terms may have other points. */
static int work_out(struct arena *a, const struct promises *p, const struct clock_case *c, struct case_clock *clock)
{
    int told = clock->fired ? clock->percents[clock->fired - 1] : 0;
    enum clock_outcome outcome;
    struct sla_bound bound;
    struct sla_run run;
    int r = bind_run(a, p, c, clock, &bound, &run);

    if (r < 0)
        return r;
    clock->changed = true;
    clock->step = bound.clock->step;
    outcome =
        run.terms.limit.kind != SLA_LIMIT_FIXED && !clock->agreed_us ? CLOCK_PAUSED : sla_due(&run, &clock->due_us);
    if (outcome == CLOCK_OUTSIDE)
        return err_set(ERR_POISON, "clock %s of policy %s is due in a year that calendar %s does not cover",
                       clock->name, clock->policy, run.terms.calendar);
    clock->state = outcome == CLOCK_REACHED ? CLOCK_RUNNING : CLOCK_WAITING;
    if (outcome == CLOCK_PAUSED) {
        clock->due_us = CLOCK_NEVER;
        clock->provisional = false;
        return 0; /* its points stay as they were: `fired` counts them */
    }
    clock->provisional = run.terms.limit.kind == SLA_LIMIT_FIXED && clock->due_us > run.calendar->known_us;
    work_out_points(a, &run, clock);
    for (clock->fired = 0; clock->fired < clock->point_count && clock->percents[clock->fired] <= told;)
        clock->fired++;
    return 0;
}

/* ---- what ends ---- */

/* What had been reached by then is told; the clock is due no more. */
static void tell_reached(struct clock_changes *out, struct case_clock *clock, int64_t until_us)
{
    for (const int64_t *next; (next = case_clock_next(clock)) && *next < until_us;) {
        clock->fired++;
        clock->changed = true;
        tell(out, CHANGE_POINT, clock, *next)->percent = clock->percents[clock->fired - 1];
    }
}

static void end_clock(struct clock_changes *out, struct case_clock *clock, enum clock_state how, int64_t at_us)
{
    tell_reached(out, clock, at_us);
    clock->state = how;
    clock->ended_us = at_us;
    clock->changed = true;
    tell(out, how == CLOCK_MET ? CHANGE_MET : CHANGE_ENDED, clock, at_us);
}

/* ---- what starts ---- */

static struct case_clock *newest(const struct clock_case *c, const char *policy, const char *name, int work_order)
{
    struct case_clock *found = NULL;

    for (size_t i = 0; i < c->clocks.count; i++) {
        struct case_clock *k = c->clocks.items[i];

        if (strcmp(k->policy, policy) == 0 && strcmp(k->name, name) == 0 && k->work_order == work_order &&
            (!found || k->cycle > found->cycle))
            found = k;
    }
    return found;
}

/* What starts a clock: an event, or what is left of it once it is known to be over. */
struct clock_start {
    enum sla_event event;
    int64_t at_us, agreed_us;
    int work_order;
};

static int start_clock(struct clock_changes *out, const struct promises *p, struct clock_case *c,
                       const struct sla_bound *bound, const struct clock_start *s)
{
    struct case_clock *before = newest(c, bound->policy->code, bound->clock->name, s->work_order), *k;
    int r;

    if (before && OPEN(before)) {
        if (!bound->clock->restarts)
            return 0; /* it runs on */
        end_clock(out, before, CLOCK_RESTARTED, s->at_us);
    }
    k = add_clock(out->arena, &c->clocks);
    *k = (struct case_clock){ .policy = bound->policy->code,
                              .name = bound->clock->name,
                              .policy_version = bound->policy->version,
                              .cycle = before ? before->cycle + 1 : 1,
                              .work_order = s->work_order,
                              .start_event = s->event,
                              .started_us = s->at_us,
                              .agreed_us = bound->terms.limit.kind == SLA_LIMIT_FIXED ? 0 : s->agreed_us };
    r = work_out(out->arena, p, c, k);
    if (r == 0)
        tell(out, CHANGE_STARTED, k, s->at_us);
    return r;
}

/* only_new: what binds the case only now that more is known of it. */
static int start_all(struct clock_changes *out, const struct promises *p, struct clock_case *c,
                     const struct clock_start *s, bool only_new)
{
    struct sla_facts facts = facts_of(c);
    struct sla_bounds bounds = sla_resolve(out->arena, p->book, &facts, s->event, zone_date(p->zone, s->at_us));
    int r = 0;

    for (size_t i = 0; r == 0 && i < bounds.count; i++)
        if (!only_new || !newest(c, bounds.items[i].policy->code, bounds.items[i].clock->name, s->work_order))
            r = start_clock(out, p, c, &bounds.items[i], s);
    return r;
}

/* ---- the event's effects, in their order ---- */

/* What working out again may change. */
static bool same_outcome(const struct case_clock *a, const struct case_clock *b)
{
    if (a->state != b->state || a->due_us != b->due_us || a->provisional != b->provisional || a->fired != b->fired ||
        a->point_count != b->point_count || strcmp(a->step, b->step) != 0)
        return false;
    return a->point_count == 0 || (memcmp(a->points, b->points, a->point_count * sizeof(*a->points)) == 0 &&
                                   memcmp(a->percents, b->percents, a->point_count * sizeof(*a->percents)) == 0);
}

/* Most of the time nothing comes out of it: a clock that stays as it was is not written again. */
static int work_out_again(struct clock_changes *out, const struct promises *p, struct clock_case *c,
                          struct case_clock *clock, int64_t at_us)
{
    const struct case_clock was = *clock;
    struct sla_bound bound;
    int r;

    if (!clockwork_terms(p, c, clock, &bound)) {
        end_clock(out, clock, CLOCK_NOT_PROMISED, at_us);
        return 0;
    }
    r = work_out(out->arena, p, c, clock);
    if (r < 0)
        return r;
    clock->changed = was.changed || !same_outcome(&was, clock);
    if (was.state != clock->state)
        tell(out, clock->state == CLOCK_WAITING ? CHANGE_PAUSED : CHANGE_RESUMED, clock, at_us);
    else if (was.due_us != clock->due_us || was.provisional != clock->provisional)
        tell(out, CHANGE_DUE, clock, at_us)->old_due_us = was.due_us;
    return 0;
}

static int classified(struct clock_changes *out, const struct promises *p, struct clock_case *c,
                      const struct clock_event *e)
{
    struct sla_facts was = facts_of(c);
    int r = 0;

    if (e->category && *e->category)
        c->category = e->category;
    if (e->severity)
        c->severity = e->severity;
    if (e->complexity)
        c->complexity = e->complexity;
    if (strcmp(was.category, c->category) == 0 && was.severity == c->severity && was.complexity == c->complexity)
        return 0;
    for (size_t i = 0; r == 0 && i < c->clocks.count; i++)
        if (OPEN(c->clocks.items[i]))
            r = work_out_again(out, p, c, c->clocks.items[i], e->at_us);
    if (r == 0 && c->received_us)
        r = start_all(out, p, c, &(struct clock_start){ SLA_RECEIVED, c->received_us, 0, 0 }, true);
    if (r == 0 && c->registered_us)
        r = start_all(out, p, c, &(struct clock_start){ SLA_REGISTERED, c->registered_us, 0, 0 }, true);
    return r;
}

static struct case_pause *copy_pauses(struct arena *a, const struct clock_case *c)
{
    struct case_pause *pauses = arena_array(a, struct case_pause, c->pause_count + 1);

    for (size_t i = 0; i < c->pause_count; i++)
        pauses[i] = c->pauses[i];
    return pauses;
}

static void open_pause(struct arena *a, struct clock_case *c, uint32_t reason, int64_t at_us)
{
    struct case_pause *pauses = copy_pauses(a, c);

    pauses[c->pause_count++] = (struct case_pause){ at_us, CLOCK_NEVER, reason };
    c->pauses = pauses;
}

/* reason 0: all of them. */
static void close_pauses(struct arena *a, struct clock_case *c, uint32_t reason, int64_t at_us)
{
    struct case_pause *pauses = copy_pauses(a, c);

    for (size_t i = 0; i < c->pause_count; i++)
        if (pauses[i].to_us == CLOCK_NEVER && (!reason || pauses[i].reason == reason))
            pauses[i].to_us = at_us > pauses[i].from_us ? at_us : pauses[i].from_us;
    c->pauses = pauses;
}

static int pause_case(struct clock_changes *out, const struct promises *p, struct clock_case *c,
                      const struct clock_event *e)
{
    int r = 0;

    if (e->what == SLA_PAUSED)
        open_pause(out->arena, c, e->pause_reason, e->at_us);
    else
        close_pauses(out->arena, c, e->pause_reason, e->at_us);
    for (size_t i = 0; r == 0 && i < c->clocks.count; i++) {
        struct case_clock *k = c->clocks.items[i];

        if (!OPEN(k))
            continue;
        tell_reached(out, k, e->at_us); /* before it began to wait */
        r = work_out_again(out, p, c, k, e->at_us);
    }
    return r;
}

static int stop_clocks(struct clock_changes *out, const struct promises *p, struct clock_case *c,
                       const struct clock_event *e)
{
    size_t count = c->clocks.count; /* what starts below is not stopped by the same event */
    int r = 0;

    for (size_t i = 0; r == 0 && i < count; i++) {
        struct case_clock *k = c->clocks.items[i];
        struct sla_bound bound;

        if (!OPEN(k) || e->at_us < k->started_us || (k->work_order && k->work_order != e->work_order) ||
            !clockwork_terms(p, c, k, &bound))
            continue;
        if (sla_clock_stops(bound.clock, e->what)) {
            end_clock(out, k, CLOCK_MET, e->at_us);
            if (bound.clock->repeats && !sla_events[e->what].ends_case && !c->ended)
                r = start_clock(out, p, c, &bound, &(struct clock_start){ k->start_event, e->at_us, 0, k->work_order });
        } else if (sla_clock_skips(bound.clock, e->what)) {
            end_clock(out, k, CLOCK_SKIPPED, e->at_us);
        }
    }
    return r;
}

static void end_case(struct clock_changes *out, struct clock_case *c, int64_t at_us)
{
    c->ended = true;
    close_pauses(out->arena, c, 0, at_us); /* whoever opens it again does not wait for what nobody waits for any more */
    for (size_t i = 0; i < c->clocks.count; i++)
        if (OPEN(c->clocks.items[i]))
            end_clock(out, c->clocks.items[i], CLOCK_CASE_ENDED, at_us);
}

/* Between departments: given to somebody who has not said yet that he has it. */
static void count_bounces(struct clock_case *c, const struct clock_event *e)
{
    bool passed_on = e->what == SLA_REASSIGNED || e->what == SLA_REFUSED;

    if ((e->what == SLA_ASSIGNED || passed_on) && !c->between_since_us)
        c->between_since_us = e->at_us;
    c->bounces += passed_on;
    if (c->between_since_us && (e->what == SLA_ACKNOWLEDGED || sla_events[e->what].ends_case)) {
        c->between_us += e->at_us > c->between_since_us ? e->at_us - c->between_since_us : 0;
        c->between_since_us = 0;
    }
}

int clockwork_apply(struct clock_changes *out, const struct promises *p, struct clock_case *c,
                    const struct clock_event *e)
{
    int r = 0;

    if (e->what == SLA_RECEIVED)
        c->received_us = e->at_us;
    if (e->what == SLA_REGISTERED)
        c->registered_us = e->at_us;
    if (e->what == SLA_REOPENED)
        c->ended = false;
    count_bounces(c, e);
    if (e->category || e->severity || e->complexity)
        r = classified(out, p, c, e);
    if (r == 0 && (e->what == SLA_PAUSED || e->what == SLA_RESUMED))
        r = pause_case(out, p, c, e);
    if (r == 0)
        r = stop_clocks(out, p, c, e);
    if (r == 0 && sla_events[e->what].ends_case)
        end_case(out, c, e->at_us);
    if (r == 0 && !c->ended)
        r = start_all(out, p, c, &(struct clock_start){ e->what, e->at_us, e->agreed_us, e->work_order }, false);
    return r;
}

int clockwork_recompute(struct clock_changes *out, const struct promises *p, struct clock_case *c,
                        struct case_clock *clock, int version, int64_t now_us)
{
    const struct sla_policy *policy = version > 0 ? sla_policy_version(p->book, clock->policy, version) : NULL;

    if (!OPEN(clock))
        return 0;
    if (policy && sla_clock_find(policy, clock->name) && clock->policy_version != version) {
        clock->policy_version = version;
        clock->changed = true;
    }
    tell_reached(out, clock, now_us); /* what was promised until now */
    return work_out_again(out, p, c, clock, now_us);
}
