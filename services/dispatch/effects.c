/* What follows from a command that may be given: how the case changes and what is told. One function per command that
 * does more than tell; a table at the end says which. */
#include <stdlib.h>
#include <string.h>

#include "common/event/timestamp.h"
#include "handling_private.h"

#define DAY_US INT64_C(86400000000)

#define LEVEL(name)      REDRESS__V1__ESCALATION_LEVEL__ESCALATION_LEVEL_##name
#define CONDITION(name)  REDRESS__V1__ESCALATION_CONDITION__ESCALATION_CONDITION_##name
#define WAIT_INFORMATION REDRESS__V1__WAIT_REASON__WAIT_REASON_INFORMATION

/* ---- telling ---- */

void handling_tell(struct handling *h, struct case_state *on, const char *member, ProtobufCMessage *message)
{
    h->events = arena_room(h->arena, h->events, h->event_count, &h->event_cap, sizeof(*h->events), 8);
    h->events[h->event_count++] = (struct case_event){ on, member, message };
    on->changed = true;
}

/* An event that no command's fields make; to be filled in. */
void *told_new(struct handling *h, struct case_state *on, const char *member)
{
    ProtobufCMessage *m = deed_event(h->arena, member, NULL);

    handling_tell(h, on, member, m);
    return m;
}

/* The command's own event, with what the command brought. */
void *told_own(struct deciding *d)
{
    const char *member = case_commands[d->deed->what].event;
    ProtobufCMessage *m = deed_event(d->h->arena, member, d->deed->fields);

    handling_tell(d->h, d->c, member, m);
    return m;
}

char *told_text(const char *s)
{
    return (char *)(uintptr_t)s;
}

int64_t later_of(int64_t x_us, int64_t y_us)
{
    return x_us > y_us ? x_us : y_us;
}

/* What is told late may have been done before the step before: time goes on all the same. */
void effects_move_to(struct deciding *d, enum case_status to)
{
    if (to == CASE_SAME || to == d->c->status)
        return;
    d->c->status = to;
    d->c->since_us = later_of(d->deed->at_us, d->c->since_us);
}

/* ---- what follows from what it is ---- */

void effects_open_inspection(struct handling *h, struct case_state *c)
{
    if (c->severity != REDRESS__V1__SEVERITY__SEVERITY_MAJOR || (c->facts & (FACT_INSPECTION_OPEN | FACT_INSPECTED)))
        return;
    c->facts |= FACT_INSPECTION_OPEN;
    told_new(h, c, "inspection_opened");
    handling_escalate(h, c, LEVEL(SENIOR_MANAGEMENT), CONDITION(MAJOR));
}

/* R34: more than that at stake in the home within a year, this case included; told once. */
void effects_weigh_amount(struct handling *h, struct case_state *c)
{
    int64_t limit_fen = h->tenant->handling.escalate_amount_fen;

    if (limit_fen == 0 || c->amount_fen == 0 || (c->facts & FACT_AMOUNT_RAISED) ||
        c->amount_fen + h->home_amount_fen <= limit_fen)
        return;
    c->facts |= FACT_AMOUNT_RAISED;
    handling_escalate(h, c, LEVEL(CUSTOMER_SERVICE), CONDITION(AMOUNT));
}

void handling_begin(struct handling *h, struct case_state *c)
{
    effects_open_inspection(h, c);
    effects_weigh_amount(h, c);
}

/* ---- working on it ---- */

static int contact(struct deciding *d)
{
    if (FIELDS(Contact, d)->reached) {
        told_own(d);
        d->c->facts |= FACT_CONTACTED;
    } else {
        handling_tell(d->h, d->c, "contact_attempted", deed_event(d->h->arena, "contact_attempted", d->deed->fields));
    }
    return 0;
}

static int hold_meeting(struct deciding *d)
{
    bool agreed = FIELDS(HoldMeeting, d)->agreed;

    told_own(d);
    d->c->facts = agreed ? d->c->facts | FACT_MEETING_AGREED : d->c->facts & ~(uint32_t)FACT_MEETING_AGREED;
    if (!agreed)
        handling_escalate(d->h, d->c, LEVEL(CUSTOMER_SERVICE), CONDITION(NO_AGREEMENT));
    return 0;
}

static int propose_plan(struct deciding *d)
{
    const Redress__V1__ProposePlan *m = FIELDS(ProposePlan, d);
    Redress__V1__PlanProposed *e = told_own(d);

    e->plan = ++d->c->plans;
    d->c->plan_deadline_us = timestamp_read(m->deadline);
    d->c->plan_steps = (int)m->n_steps;
    if (m->amount_fen && m->amount_fen->value > d->c->amount_fen) {
        d->c->amount_fen = m->amount_fen->value;
        d->c->file_changed = true;
        effects_weigh_amount(d->h, d->c);
    }
    return 0;
}

static int confirm_plan(struct deciding *d)
{
    Redress__V1__PlanConfirmed *e = told_own(d);

    e->plan = d->c->plans;
    e->deadline = timestamp_new(d->h->arena, d->c->plan_deadline_us);
    return 0;
}

static int next_level(const struct case_state *c)
{
    return c->level < (int)LEVEL(SENIOR_MANAGEMENT) ? c->level + 1 : c->level;
}

static int reject_plan(struct deciding *d)
{
    Redress__V1__PlanRejected *e = told_own(d);

    e->plan = d->c->plans;
    handling_escalate(d->h, d->c, next_level(d->c), CONDITION(PLAN_REJECTED));
    return 0;
}

static int complete(struct deciding *d)
{
    Redress__V1__Rectified *e = told_own(d);

    e->simple = strcmp(d->row->rule, "R30") == 0;
    return 0;
}

static int evaluate(struct deciding *d)
{
    told_own(d);
    if (!FIELDS(Evaluate, d)->effective) {
        d->c->facts |= FACT_REWORKED;
        d->c->facts &= ~(uint32_t)FACT_MEETING_AGREED; /* what was agreed did not work */
    }
    return 0;
}

/* R29: back to planning, with what was said, and that raises it (R34). */
static int dissatisfy(struct deciding *d)
{
    Redress__V1__Dissatisfied *e = told_own(d);

    e->times = ++d->c->dissatisfied;
    d->c->facts |= FACT_REWORKED;
    d->c->facts &= ~(uint32_t)FACT_MEETING_AGREED;
    d->c->reminders = 0;
    handling_escalate(d->h, d->c, next_level(d->c), CONDITION(DISSATISFIED));
    return 0;
}

static int feed_back(struct deciding *d)
{
    told_own(d);
    d->c->reminders = 0;
    return 0;
}

static int remind(struct deciding *d)
{
    Redress__V1__Reminded *e = told_own(d);

    e->times = ++d->c->reminders;
    return 0;
}

/* ---- its end, and after ---- */

/* Nobody has it any more, it waits for nothing, and an inspection that was owed while it was major is owed no longer.
 * Only a close lets it be opened again. */
static void put_away(struct deciding *d)
{
    assign_uncount(d->h->tenant, d->h->load, d->c->assignee);
    d->c->waiting = 0;
    d->c->question = CASE_SAME;
    d->c->facts &= ~(uint32_t)FACT_INSPECTION_OPEN;
    d->c->reopen_until_us = 0;
    d->c->closed_us = d->deed->at_us;
}

static int close_it(struct deciding *d)
{
    Redress__V1__Closed *e = told_own(d);

    put_away(d);
    d->c->reopen_until_us = d->deed->at_us + d->h->tenant->handling.reopen_days * DAY_US;
    e->reopen_until = timestamp_new(d->h->arena, d->c->reopen_until_us);
    e->because = d->c->status == CASE_CONFIRMED  ? REDRESS__V1__CLOSED_BECAUSE__CLOSED_BECAUSE_CONFIRMED
                 : d->c->status == CASE_ANSWERED ? REDRESS__V1__CLOSED_BECAUSE__CLOSED_BECAUSE_ANSWERED
                                                 : REDRESS__V1__CLOSED_BECAUSE__CLOSED_BECAUSE_NO_ANSWER;
    return 0;
}

static int withdraw(struct deciding *d)
{
    told_own(d);
    put_away(d);
    return 0;
}

static int merge(struct deciding *d)
{
    Redress__V1__Merged *e = told_own(d);
    struct case_state *into = d->h->other;
    Redress__V1__Absorbed *there;
    char *id = arena_alloc(d->h->arena, UUID_TEXT_SIZE), *own = arena_alloc(d->h->arena, UUID_TEXT_SIZE);

    uuid_format(&into->id, id);
    uuid_format(&d->c->id, own);
    e->into_id = id;
    e->into_number = told_text(into->number);
    d->c->merged_into = into->id;
    put_away(d);
    there = told_new(d->h, into, "absorbed");
    there->from_id = own;
    there->from_number = told_text(d->c->number);
    return 0;
}

/* It reaches whoever did the work, if he may still have it; else it is given anew. */
static int take_up_again(struct deciding *d, const char *split_from)
{
    int i = tenant_staff(d->h->tenant, d->c->assignee);
    Redress__V1__Reopened *e = told_own(d);
    Redress__V1__Reassigned *to;
    int r = 0;

    e->times = ++d->c->reopened;
    e->split_from_id = told_text(split_from);
    if (i >= 0)
        assign_count(d->h->load, &(struct assignment){ .index = i }, d->h->now_us);
    d->c->facts &= ~(uint32_t)(FACT_ACKNOWLEDGED | FACT_AWARDED | FACT_MEETING_AGREED);
    d->c->assigned_us = later_of(d->h->at_us, d->c->assigned_us);
    d->c->passed_on = 0;
    d->c->asked = 0;
    d->c->reminders = 0;
    /* the time in which it may be opened again, and the time it is kept, begin with its next close (R28, R47) */
    d->c->closed_us = d->c->reopen_until_us = d->c->retain_until_us = 0;
    memset(&d->c->merged_into, 0, sizeof(d->c->merged_into));
    if (i < 0 || !assign_present(&d->h->tenant->staff[i], d->h->today) ||
        !assign_may_handle(&d->h->tenant->staff[i], &d->c->recused, d->c->complainant_key))
        r = effect_give(d, "", "", &to);
    effects_open_inspection(d->h, d->c);
    return r;
}

static int reopen(struct deciding *d)
{
    d->c->facts |= FACT_REWORKED; /* it was done once already: not a simple matter any more (R29) */
    return take_up_again(d, "");
}

static int split(struct deciding *d)
{
    char *from = arena_alloc(d->h->arena, UUID_TEXT_SIZE);

    uuid_format(&d->c->merged_into, from);
    return take_up_again(d, from);
}

static int archive(struct deciding *d)
{
    Redress__V1__Archived *e = told_own(d);

    /* Civil years: 365.2425 days; the Civil Code counts from the day after (art. 201). */
    d->c->retain_until_us =
        d->c->closed_us + d->h->tenant->handling.retain_years * (INT64_C(31556952) * 1000000) + DAY_US;
    e->retain_until = timestamp_new(d->h->arena, d->c->retain_until_us);
    return 0;
}

/* ---- waiting ---- */

static int wait_for(struct deciding *d)
{
    told_own(d);
    d->c->waiting = (int)FIELDS(Wait, d)->reason;
    d->c->chases = 0;
    return 0;
}

static int chase_party(struct deciding *d)
{
    Redress__V1__PartyChased *e = told_own(d);

    e->times = ++d->c->chases;
    return 0;
}

static int resume(struct deciding *d)
{
    Redress__V1__Resumed *e = told_own(d);

    e->reason = (Redress__V1__WaitReason)d->c->waiting;
    d->c->waiting = 0;
    return 0;
}

static int request_information(struct deciding *d)
{
    Redress__V1__InformationRequested *e = told_own(d);
    Redress__V1__Paused *wait = told_new(d->h, d->c, "paused");

    e->stage = told_text(case_status_name((int)d->c->status));
    wait->reason = WAIT_INFORMATION;
    d->c->asked |= UINT32_C(1) << d->c->status;
    d->c->question = d->c->status;
    d->c->question_us = d->h->at_us;
    return 0;
}

static int give_information(struct deciding *d)
{
    Redress__V1__InformationGiven *e = told_own(d);
    Redress__V1__Resumed *go_on = told_new(d->h, d->c, "resumed");

    e->stage = told_text(case_status_name((int)d->c->question));
    e->lapsed = (d->roles & ROLE_SYSTEM) != 0;
    go_on->reason = WAIT_INFORMATION;
    d->c->question = CASE_SAME;
    return 0;
}

/* ---- levels ---- */

int handling_escalate(struct handling *h, struct case_state *c, int level, Redress__V1__EscalationCondition why)
{
    Redress__V1__Escalated *e;
    const char **to;

    if (level <= c->level || !case_status_alive(c->status))
        return HANDLING_REFUSED;
    to = handling_people(h->arena, h->tenant, c, level, h->today);
    e = told_new(h, c, "escalated");
    e->from_level = (Redress__V1__EscalationLevel)c->level;
    e->to_level = (Redress__V1__EscalationLevel)level;
    e->condition = why;
    e->to = (char **)(uintptr_t)to;
    for (e->n_to = 0; to[e->n_to];)
        e->n_to++;
    c->level = level;
    return 0;
}

static int escalate(struct deciding *d)
{
    const Redress__V1__Escalate *m = FIELDS(Escalate, d);
    int to = m ? (int)m->to_level : 0;

    return handling_escalate(d->h, d->c, to ? to : next_level(d->c), m ? CONDITION(BY_HAND) : CONDITION(BREACH));
}

static int deescalate(struct deciding *d)
{
    int to = (int)FIELDS(Deescalate, d)->to_level;
    Redress__V1__Deescalated *e = told_own(d);

    e->from_level = (Redress__V1__EscalationLevel)d->c->level;
    d->c->level = to ? to : d->c->level - 1;
    e->to_level = (Redress__V1__EscalationLevel)d->c->level;
    return 0;
}

static int record_inspection(struct deciding *d)
{
    told_own(d);
    d->c->facts |= FACT_INSPECTED;
    d->c->facts &= ~(uint32_t)FACT_INSPECTION_OPEN;
    return 0;
}

/* ---- the record ---- */

static int set_hold(struct deciding *d)
{
    told_own(d);
    d->c->facts |= FACT_HELD;
    return 0;
}

static int lift_hold(struct deciding *d)
{
    told_own(d);
    d->c->facts &= ~(uint32_t)FACT_HELD;
    return 0;
}

static int only_tell(struct deciding *d)
{
    told_own(d);
    return 0;
}

typedef int effect(struct deciding *d);

/* Not named: it is told, and nothing else follows. */
static effect *const effects[CASE_COMMAND_COUNT] = {
    [CMD_CLASSIFY] = effect_classify_by_hand,
    [CMD_REASSIGN] = effect_reassign,
    [CMD_REFUSE] = effect_refuse_it,
    [CMD_AWARD] = effect_award,
    [CMD_ACKNOWLEDGE] = effect_acknowledge,
    [CMD_RECUSE] = effect_recuse,
    [CMD_CONTACT] = contact,
    [CMD_HOLD_MEETING] = hold_meeting,
    [CMD_PROPOSE_PLAN] = propose_plan,
    [CMD_CONFIRM_PLAN] = confirm_plan,
    [CMD_REJECT_PLAN] = reject_plan,
    [CMD_COMPLETE] = complete,
    [CMD_EVALUATE] = evaluate,
    [CMD_FEED_BACK] = feed_back,
    [CMD_DISSATISFY] = dissatisfy,
    [CMD_REMIND] = remind,
    [CMD_CLOSE] = close_it,
    [CMD_REOPEN] = reopen,
    [CMD_ARCHIVE] = archive,
    [CMD_WITHDRAW] = withdraw,
    [CMD_MERGE] = merge,
    [CMD_SPLIT] = split,
    [CMD_WAIT] = wait_for,
    [CMD_CHASE_PARTY] = chase_party,
    [CMD_RESUME] = resume,
    [CMD_REQUEST_INFORMATION] = request_information,
    [CMD_GIVE_INFORMATION] = give_information,
    [CMD_ESCALATE] = escalate,
    [CMD_DEESCALATE] = deescalate,
    [CMD_RECORD_INSPECTION] = record_inspection,
    [CMD_OPEN_WORK_ORDER] = effect_open_work_order,
    [CMD_QUOTE_WORK] = effect_quote_work,
    [CMD_APPROVE_QUOTE] = effect_approve_quote,
    [CMD_DISPATCH_WORK] = effect_dispatch_work,
    [CMD_AGREE_APPOINTMENT] = effect_agree_appointment,
    [CMD_FINISH_WORK] = effect_finish_work,
    [CMD_SIGN_WORK] = effect_sign_work,
    [CMD_CANCEL_WORK] = effect_cancel_work,
    [CMD_SET_LEGAL_HOLD] = set_hold,
    [CMD_LIFT_LEGAL_HOLD] = lift_hold,
};

int effects_of(struct deciding *d)
{
    effect *follows = effects[d->deed->what] ? effects[d->deed->what] : only_tell;
    int r = follows(d);

    if (r == 0)
        effects_move_to(d, d->row->to);
    return r;
}
