#include "events.h"
#include "common/event/timestamp.h"

#include <string.h>

#define TEXT(s) ((char *)(uintptr_t)(s))
#define TYPE    "redress.v1.SlaEvent."

/* Later than the poll and a batch take: somebody was away. */
#define LATE_MS 2000

static Redress__V1__PromisedClock *describe(struct arena *a, const struct case_clock *k, const struct sla_bound *bound)
{
    Redress__V1__PromisedClock *c = arena_new(a, Redress__V1__PromisedClock);

    redress__v1__promised_clock__init(c);
    c->policy = TEXT(k->policy);
    c->policy_version = k->policy_version;
    c->name = TEXT(k->name);
    c->step = TEXT(k->step);
    c->cycle = k->cycle;
    c->work_order = k->work_order;
    c->started_at = timestamp_new(a, k->started_us);
    c->due_at = k->due_us == CLOCK_NEVER ? NULL : timestamp_new(a, k->due_us);
    c->provisional = k->provisional;
    if (bound) {
        char limit[LIMIT_TEXT_SIZE];

        sla_limit_format(bound->terms.limit, limit);
        c->rule = TEXT(bound->clock->rule);
        c->limit = arena_strdup(a, limit);
    }
    return c;
}

/* enum sla_receiver -> NoticeReceiver, in the order of the bits. */
static void add_receivers(struct arena *a, Redress__V1__ClockPoint *point, uint32_t to)
{
    point->to = arena_array(a, Redress__V1__NoticeReceiver, 8);
    for (int bit = 0; bit < 5; bit++)
        if (to & 1U << bit)
            point->to[point->n_to++] = (Redress__V1__NoticeReceiver)(bit + 1);
}

static const struct sla_ladder_step *step_of(const struct sla_terms *t, int percent)
{
    for (size_t i = 0; i < t->ladder.count; i++)
        if (t->ladder.items[i].percent == percent)
            return &t->ladder.items[i];
    return NULL;
}

static Redress__V1__ClockPoint *point_of(struct batch *b, const struct clock_change *change,
                                         const struct sla_bound *bound)
{
    Redress__V1__ClockPoint *point = arena_new(b->arena, Redress__V1__ClockPoint);
    const struct sla_ladder_step *step = bound ? step_of(&bound->terms, change->percent) : NULL;

    redress__v1__clock_point__init(point);
    point->percent = change->percent;
    point->reached_at = timestamp_new(b->arena, change->at_us);
    point->lateness_ms = (b->now_us - change->at_us) / 1000;
    point->late = point->lateness_ms > LATE_MS;
    if (step) {
        point->level = (Redress__V1__NoticeLevel)(step->level + 1);
        add_receivers(b->arena, point, step->to);
    } else {
        point->level = change->percent < 100 ? REDRESS__V1__NOTICE_LEVEL__NOTICE_LEVEL_REMINDER
                                             : REDRESS__V1__NOTICE_LEVEL__NOTICE_LEVEL_URGENT;
        add_receivers(b->arena, point,
                      bound && change->percent < 100 && bound->terms.warn_to ? bound->terms.warn_to : SLA_TO_DUTY);
    }
    return point;
}

/* The member of the event; returns the event's type. */
static const char *set_point(struct batch *b, Redress__V1__SlaEvent *e, const struct clock_change *change,
                             const struct sla_bound *bound)
{
    Redress__V1__ClockPoint *point = point_of(b, change, bound);

    if (change->percent < 100) {
        e->event_case = REDRESS__V1__SLA_EVENT__EVENT_WARNING;
        e->warning = arena_new(b->arena, Redress__V1__ClockWarning);
        redress__v1__clock_warning__init(e->warning);
        e->warning->point = point;
        return TYPE "warning";
    }
    if (change->percent > 100) {
        e->event_case = REDRESS__V1__SLA_EVENT__EVENT_LADDER_STEP;
        e->ladder_step = arena_new(b->arena, Redress__V1__ClockLadderStep);
        redress__v1__clock_ladder_step__init(e->ladder_step);
        e->ladder_step->point = point;
        return TYPE "ladder_step";
    }
    e->event_case = REDRESS__V1__SLA_EVENT__EVENT_BREACHED;
    e->breached = arena_new(b->arena, Redress__V1__ClockBreached);
    redress__v1__clock_breached__init(e->breached);
    e->breached->point = point;
    e->breached->tell_complainant = bound && bound->terms.tell_complainant;
    return TYPE "breached";
}

static const char *set_ended(struct batch *b, Redress__V1__SlaEvent *e, const struct clock_change *change)
{
    e->event_case = REDRESS__V1__SLA_EVENT__EVENT_ENDED;
    e->ended = arena_new(b->arena, Redress__V1__ClockEnded);
    redress__v1__clock_ended__init(e->ended);
    e->ended->reason = (Redress__V1__ClockEndReason)(change->clock.state - CLOCK_SKIPPED + 1);
    e->ended->ended_at = timestamp_new(b->arena, change->at_us);
    return TYPE "ended";
}

static const char *set_met(struct batch *b, Redress__V1__SlaEvent *e, const struct clock_change *change)
{
    e->event_case = REDRESS__V1__SLA_EVENT__EVENT_MET;
    e->met = arena_new(b->arena, Redress__V1__ClockMet);
    redress__v1__clock_met__init(e->met);
    e->met->met_at = timestamp_new(b->arena, change->at_us);
    e->met->in_time = change->at_us <= change->clock.due_us;
    return TYPE "met";
}

static const char *set_due(struct batch *b, Redress__V1__SlaEvent *e, const struct clock_change *change,
                           const struct change_cause *why)
{
    e->event_case = REDRESS__V1__SLA_EVENT__EVENT_DUE_CHANGED;
    e->due_changed = arena_new(b->arena, Redress__V1__ClockDueChanged);
    redress__v1__clock_due_changed__init(e->due_changed);
    e->due_changed->old_due_at = change->old_due_us == CLOCK_NEVER ? NULL : timestamp_new(b->arena, change->old_due_us);
    e->due_changed->reason = why ? why->reason : REDRESS__V1__CLOCK_CHANGE_REASON__CLOCK_CHANGE_REASON_CLASSIFIED;
    e->due_changed->text = TEXT(why && why->text ? why->text : "");
    return TYPE "due_changed";
}

static const char *set_waiting(struct batch *b, Redress__V1__SlaEvent *e, const struct clock_change *change)
{
    if (change->kind == CHANGE_PAUSED) {
        e->event_case = REDRESS__V1__SLA_EVENT__EVENT_PAUSED;
        e->paused = arena_new(b->arena, Redress__V1__ClockPaused);
        redress__v1__clock_paused__init(e->paused);
        e->paused->paused_at = timestamp_new(b->arena, change->at_us);
        return TYPE "paused";
    }
    e->event_case = REDRESS__V1__SLA_EVENT__EVENT_RESUMED;
    e->resumed = arena_new(b->arena, Redress__V1__ClockResumed);
    redress__v1__clock_resumed__init(e->resumed);
    e->resumed->resumed_at = timestamp_new(b->arena, change->at_us);
    return TYPE "resumed";
}

static const char *set_started(struct batch *b, Redress__V1__SlaEvent *e)
{
    e->event_case = REDRESS__V1__SLA_EVENT__EVENT_STARTED;
    e->started = arena_new(b->arena, Redress__V1__ClockStarted);
    redress__v1__clock_started__init(e->started);
    return TYPE "started";
}

static const char *set_event(struct batch *b, Redress__V1__SlaEvent *e, const struct clock_change *change,
                             const struct sla_bound *bound, const struct change_cause *why)
{
    switch (change->kind) {
    case CHANGE_STARTED:
        return set_started(b, e);
    case CHANGE_POINT:
        return set_point(b, e, change, bound);
    case CHANGE_MET:
        return set_met(b, e, change);
    case CHANGE_ENDED:
        return set_ended(b, e, change);
    case CHANGE_PAUSED:
    case CHANGE_RESUMED:
        return set_waiting(b, e, change);
    case CHANGE_DUE:
        break;
    }
    return set_due(b, e, change, why);
}

int event_emit(struct batch *b, const struct record *cause, const struct promises *p, const struct watched_case *row,
               const struct clock_change *change, const struct change_cause *why)
{
    char *id = arena_alloc(b->arena, UUID_TEXT_SIZE);
    struct sla_bound bound;
    bool bound_known = p && clockwork_terms(p, &row->clock_case, &change->clock, &bound);
    Redress__V1__SlaEvent e;
    const char *type;

    uuid_format(&row->id, id);
    redress__v1__sla_event__init(&e);
    e.tenant = TEXT(row->tenant);
    e.complaint_id = id;
    e.complaint_number = TEXT(row->number);
    e.project_code = TEXT(row->clock_case.project);
    e.at = timestamp_new(b->arena, b->now_us);
    e.clock = describe(b->arena, &change->clock, bound_known ? &bound : NULL);
    type = set_event(b, &e, change, bound_known ? &bound : NULL, why);
    return batch_emit(b, &(struct emission){
                             .topic = TOPIC_SLA,
                             .key = id,
                             .tenant = row->tenant,
                             .message = &e.base,
                             .type = type,
                             .cause = cause,
                         });
}
