/* What dispatch does when a clock comes to a point (R11, R28, R34): a table by the step that the clock binds. */
#include <string.h>

#include "acting.h"
#include "common/base/error.h"
#include "common/event/timestamp.h"

enum reaction { PASS_ON, REMIND, CLOSE, GO_ON_WITHOUT, ESCALATE };
enum point_kind { WARNING, BREACH, STEP };

/* Where a step has no rule of its own for such a point, the case is raised to the highest who hears of it. */
struct point_rule {
    const char *step;
    enum point_kind kind;
    enum reaction reaction;
};
static const struct point_rule rules[] = {
    { "acknowledgement", BREACH, PASS_ON },   /* R11: to the next one, then to the head */
    { "confirmation", WARNING, REMIND },      /* R28: asked again */
    { "confirmation", BREACH, CLOSE },        /* never answered */
    { "confirmation", STEP, CLOSE },          /* and could not be closed before */
    { "information", BREACH, GO_ON_WITHOUT }, /* asked for something and did not answer */
    { "", BREACH, ESCALATE },
    { "", STEP, ESCALATE },
};

bool point_is(const char *type)
{
    static const char *const types[] = { "redress.v1.SlaEvent.warning", "redress.v1.SlaEvent.breached",
                                         "redress.v1.SlaEvent.ladder_step" };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i], type) == 0)
            return true;
    return false;
}

static const Redress__V1__ClockPoint *point_of(const Redress__V1__SlaEvent *e, enum point_kind *ret_kind)
{
    switch ((int)e->event_case) {
    case REDRESS__V1__SLA_EVENT__EVENT_WARNING:
        *ret_kind = WARNING;
        return e->warning->point;
    case REDRESS__V1__SLA_EVENT__EVENT_BREACHED:
        *ret_kind = BREACH;
        return e->breached->point;
    case REDRESS__V1__SLA_EVENT__EVENT_LADDER_STEP:
        *ret_kind = STEP;
        return e->ladder_step->point;
    default:
        return NULL;
    }
}

static const struct point_rule *rule_for(const char *step, enum point_kind kind)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (rules[i].kind == kind && (!*rules[i].step || strcmp(rules[i].step, step) == 0))
            return &rules[i];
    return NULL;
}

struct point *point_read(struct acting *g, const struct record *rec, const ProtobufCMessage *message)
{
    const Redress__V1__SlaEvent *e = (const Redress__V1__SlaEvent *)message;
    struct point *p = &g->points[g->point_count];
    enum point_kind kind = WARNING;

    *p = (struct point){ .rec = rec, .message = e, .load = work_load(g->w, e->tenant) };
    if (!p->load || !e->clock || !point_of(e, &kind) || !uuid_parse(e->complaint_id, strlen(e->complaint_id), &p->id) ||
        !(p->rule = rule_for(e->clock->step, kind)))
        return NULL;
    p->passes_on = p->rule->reaction == PASS_ON;
    g->point_count++;
    return p;
}

/* The highest level that hears of it (R35). The duty role stands in for any of them and is none of its own. */
static int level_of(const Redress__V1__ClockPoint *p)
{
    static const int levels[] = {
        [REDRESS__V1__NOTICE_RECEIVER__NOTICE_RECEIVER_HANDLER] = 1,
        [REDRESS__V1__NOTICE_RECEIVER__NOTICE_RECEIVER_DEPARTMENT_HEAD] = 2,
        [REDRESS__V1__NOTICE_RECEIVER__NOTICE_RECEIVER_CUSTOMER_SERVICE] = 3,
        [REDRESS__V1__NOTICE_RECEIVER__NOTICE_RECEIVER_SENIOR_MANAGEMENT] = 4,
        [REDRESS__V1__NOTICE_RECEIVER__NOTICE_RECEIVER_DUTY] = 1,
    };
    int level = 1;

    for (size_t i = 0; i < p->n_to; i++)
        if ((size_t)p->to[i] < sizeof(levels) / sizeof(levels[0]) && levels[p->to[i]] > level)
            level = levels[p->to[i]];
    return level;
}

static int by_itself(struct handling *h, struct case_state *c, enum case_command what)
{
    return handling_apply(h, c, &(struct deed){ .what = what, .actor = "system:dispatch", .at_us = h->now_us });
}

/* Who was not reminded often enough yet is reminded once more; the next step of the ladder tries again. */
static int close_unanswered(struct handling *h, struct case_state *c)
{
    int r = by_itself(h, c, CMD_CLOSE);

    return r == HANDLING_REFUSED && c->reminders < h->tenant->handling.reminders ? by_itself(h, c, CMD_REMIND) : r;
}

/* A point that is told late may be about what is over: it is then of no account. */
static int react(const struct point *p, struct handling *h, struct case_state *c)
{
    int64_t started_us = timestamp_read(p->message->clock->started_at);
    enum point_kind kind;

    switch (p->rule->reaction) {
    case PASS_ON:
        return started_us < c->assigned_us ? HANDLING_REFUSED : handling_pass_on(h, c);
    case REMIND:
        return started_us < c->since_us ? HANDLING_REFUSED : by_itself(h, c, CMD_REMIND);
    case CLOSE:
        return started_us < c->since_us ? HANDLING_REFUSED : close_unanswered(h, c);
    case GO_ON_WITHOUT:
        return started_us < c->question_us ? HANDLING_REFUSED : by_itself(h, c, CMD_GIVE_INFORMATION);
    case ESCALATE:
        break;
    }
    return handling_escalate(h, c, level_of(point_of(p->message, &kind)),
                             REDRESS__V1__ESCALATION_CONDITION__ESCALATION_CONDITION_BREACH);
}

int point_act(struct acting *g, const struct point *p)
{
    struct case_row *row = case_set_get(&g->cases, &p->id);
    const struct deed deed = { .actor = "system:dispatch", .at_us = g->w->batch->now_us };
    struct handling h;
    int r;

    if (!row->state) {
        g->early[g->early_count++] = (struct parked_point){ p->id, &p->message->base };
        return 0;
    }
    if (strcmp(row->state->tenant, p->message->tenant) != 0)
        return 0;
    h = acting_handling(g, row->state, p->load);
    r = react(p, &h, row->state);
    if (r < 0 || r == HANDLING_REFUSED)
        return r < 0 ? r : 0;
    return acting_tell(g, &h, p->rec, row->state, &deed);
}
