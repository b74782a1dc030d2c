#include "handling.h"
#include "common/event/timestamp.h"

#include <string.h>

#include "handling_private.h"

#define IS_SIMPLE(c) ((c)->complexity == REDRESS__V1__COMPLEXITY__COMPLEXITY_SIMPLE)
#define IS_MAJOR(c)  ((c)->severity == REDRESS__V1__SEVERITY__SEVERITY_MAJOR)

/* ---- who it is ---- */

static bool is_head(const struct department *d, const char *staff_id)
{
    return d && (strcmp(d->head, staff_id) == 0 || words_have(&d->deputies, staff_id));
}

uint32_t handling_roles(const struct tenant *t, const struct case_state *c, const char *actor)
{
    const struct department *d = tenant_department(t, c->department);
    uint32_t roles = 0;
    int i;

    if (strcmp(actor, "complainant") == 0)
        return ROLE_COMPLAINANT;
    if (strncmp(actor, "agent:", 6) == 0 && actor[6])
        return ROLE_AGENT;
    i = tenant_staff(t, actor);
    if (i < 0)
        return 0;
    if (strcmp(c->assignee, actor) == 0)
        roles |= ROLE_HANDLER;
    if (is_head(d, actor) || strcmp(t->duty, actor) == 0)
        roles |= ROLE_DEPARTMENT_HEAD; /* the duty role stands in for every head (R35) */
    if (strcmp(t->staff[i].department, DEPARTMENT_CUSTOMER_SERVICE) == 0)
        roles |= ROLE_SERVICE;
    if (words_have(&t->management, actor))
        roles |= ROLE_MANAGEMENT;
    return roles;
}

/* ---- guards: what must be true. Where the command itself is asked about and there is none (fields NULL), the answer
 * is yes: it hangs on what will be asked for. ---- */

typedef bool holds(const struct deciding *d);

static bool may_handle(const struct deciding *d)
{
    int i = tenant_staff(d->h->tenant, d->deed->actor);

    return i >= 0 && assign_may_handle(&d->h->tenant->staff[i], &d->c->recused, d->c->complainant_key);
}

static bool unacknowledged(const struct deciding *d)
{
    return !(d->c->facts & FACT_ACKNOWLEDGED);
}

static bool proposal(const struct deciding *d)
{
    return !d->deed->fields || (*FIELDS(Refuse, d)->proposed_department &&
                                strcmp(FIELDS(Refuse, d)->proposed_department, d->c->department) != 0 &&
                                d->c->bounces + 1 < d->h->tenant->handling.bounces_max);
}

static bool classified(const struct deciding *d)
{
    return *d->c->category != '\0';
}

static bool not_awarded(const struct deciding *d)
{
    return !(d->c->facts & FACT_AWARDED);
}

static bool simple(const struct deciding *d)
{
    return IS_SIMPLE(d->c) && !IS_MAJOR(d->c) && !(d->c->facts & FACT_REWORKED);
}

static bool consultation(const struct deciding *d)
{
    return strncmp(d->c->category, "non_complaint", 13) == 0;
}

static bool met_if_complex(const struct deciding *d)
{
    return IS_SIMPLE(d->c) ||
           ((d->c->facts & FACT_MEETING_AGREED) && (!d->deed->fields || FIELDS(ProposePlan, d)->n_steps > 0));
}

static bool in_future(const struct deciding *d)
{
    if (!d->deed->fields)
        return true;
    switch ((int)d->deed->what) {
    case CMD_PROPOSE_PLAN:
        for (size_t i = 0; i < FIELDS(ProposePlan, d)->n_steps; i++)
            if (timestamp_read(FIELDS(ProposePlan, d)->steps[i]->deadline) <= d->h->now_us)
                return false;
        return timestamp_read(FIELDS(ProposePlan, d)->deadline) > d->h->now_us;
    case CMD_AGREE_APPOINTMENT:
        return timestamp_read(FIELDS(AgreeAppointment, d)->to) > d->h->now_us &&
               timestamp_read(FIELDS(AgreeAppointment, d)->to) > timestamp_read(FIELDS(AgreeAppointment, d)->from);
    default:
        return timestamp_read(FIELDS(ArrangeInspection, d)->at) > d->h->now_us;
    }
}

/* A signature and a paper are shown, a word on the phone has a witness; a code was checked where the complainant gave
 * it, which is not with the staff. */
static bool proven(const struct deciding *d, Redress__V1__ConfirmationWay way, const ProtobufCBinaryData *evidence,
                   const char *recorded_by)
{
    if (way == REDRESS__V1__CONFIRMATION_WAY__CONFIRMATION_WAY_PHONE)
        return *recorded_by != '\0';
    if (way == REDRESS__V1__CONFIRMATION_WAY__CONFIRMATION_WAY_CODE)
        return (d->roles & (ROLE_COMPLAINANT | ROLE_AGENT)) != 0;
    return evidence->len > 0;
}

static bool way_proven(const struct deciding *d)
{
    if (!d->deed->fields)
        return true;
    switch ((int)d->deed->what) {
    case CMD_CONFIRM_PLAN:
        return proven(d, FIELDS(ConfirmPlan, d)->way, &FIELDS(ConfirmPlan, d)->evidence_sha256,
                      FIELDS(ConfirmPlan, d)->recorded_by);
    case CMD_APPROVE_QUOTE:
        return proven(d, FIELDS(ApproveQuote, d)->way, &FIELDS(ApproveQuote, d)->evidence_sha256,
                      FIELDS(ApproveQuote, d)->recorded_by);
    case CMD_SIGN_WORK:
        return proven(d, FIELDS(SignWork, d)->way, &FIELDS(SignWork, d)->evidence_sha256,
                      FIELDS(SignWork, d)->recorded_by);
    default:
        return proven(d, FIELDS(Confirm, d)->way, &FIELDS(Confirm, d)->evidence_sha256,
                      FIELDS(Confirm, d)->recorded_by);
    }
}

static bool no_open_work(const struct deciding *d)
{
    return !work_orders_open(&d->c->orders);
}

static bool inspected_if_major(const struct deciding *d)
{
    return !IS_MAJOR(d->c) || (d->c->facts & FACT_INSPECTED);
}

static bool effective(const struct deciding *d)
{
    return !d->deed->fields || FIELDS(Evaluate, d)->effective;
}

static bool reminded_enough(const struct deciding *d)
{
    return d->c->reminders >= d->h->tenant->handling.reminders;
}

static bool in_window(const struct deciding *d)
{
    return d->h->now_us <= d->c->reopen_until_us;
}

static bool mergeable(const struct deciding *d)
{
    return !d->deed->fields || (d->h->other && d->h->other != d->c && case_status_alive(d->h->other->status) &&
                                (!IS_MAJOR(d->c) || IS_MAJOR(d->h->other)));
}

static bool not_waiting(const struct deciding *d)
{
    return d->c->waiting == 0;
}

static bool waiting(const struct deciding *d)
{
    return d->c->waiting != 0;
}

static bool not_asked_yet(const struct deciding *d)
{
    return d->c->question == CASE_SAME && !(d->c->asked >> d->c->status & 1);
}

static bool question_open(const struct deciding *d)
{
    return d->c->question != CASE_SAME;
}

static bool below_top(const struct deciding *d)
{
    int to = d->deed->fields ? (int)FIELDS(Escalate, d)->to_level : 0;

    return d->c->level < REDRESS__V1__ESCALATION_LEVEL__ESCALATION_LEVEL_SENIOR_MANAGEMENT &&
           (to == 0 || to > d->c->level);
}

static bool above_bottom(const struct deciding *d)
{
    int to = d->deed->fields ? (int)FIELDS(Deescalate, d)->to_level : 0;

    return d->c->level > REDRESS__V1__ESCALATION_LEVEL__ESCALATION_LEVEL_HANDLER && (to == 0 || to < d->c->level) &&
           (d->c->level < REDRESS__V1__ESCALATION_LEVEL__ESCALATION_LEVEL_SENIOR_MANAGEMENT ||
            (d->roles & ROLE_MANAGEMENT));
}

static bool under_review(const struct deciding *d)
{
    return d->c->level >= REDRESS__V1__ESCALATION_LEVEL__ESCALATION_LEVEL_CUSTOMER_SERVICE;
}

static bool inspection_open(const struct deciding *d)
{
    return (d->c->facts & FACT_INSPECTION_OPEN) != 0;
}

/* What was done is paid for: that nobody signs for it and it is waived the staff say, not the customer. */
static bool may_be_done_to(const struct deciding *d, const struct work_order *o)
{
    enum order_status after;

    return work_order_allows(o, d->deed->what, &after) &&
           (d->deed->what != CMD_CANCEL_WORK || o->status != ORDER_DONE ||
            !(d->roles & (ROLE_COMPLAINANT | ROLE_AGENT)));
}

static bool any_order_ready(const struct deciding *d)
{
    for (size_t i = 0; i < d->c->orders.count; i++)
        if (may_be_done_to(d, d->c->orders.items[i]))
            return true;
    return false;
}

/* The quote that is agreed to is the newest. */
static bool order_ready(const struct deciding *d)
{
    if (!d->deed->fields)
        return any_order_ready(d);
    return d->order && may_be_done_to(d, d->order) &&
           (d->deed->what != CMD_APPROVE_QUOTE || FIELDS(ApproveQuote, d)->quote == d->order->quote);
}

static bool rating(const struct deciding *d)
{
    const Redress__V1__SignWork *m = FIELDS(SignWork, d);

    return !m || (m->quality >= 1 && m->quality <= 5 && m->attitude >= 1 && m->attitude <= 5);
}

static bool not_held(const struct deciding *d)
{
    return !(d->c->facts & FACT_HELD);
}

static bool held(const struct deciding *d)
{
    return (d->c->facts & FACT_HELD) != 0;
}

static bool retention_over(const struct deciding *d)
{
    return d->h->now_us >= d->c->retain_until_us;
}

static holds *const guards[CASE_GUARD_COUNT] = {
    [GUARD_MAY_HANDLE] = may_handle,
    [GUARD_UNACKNOWLEDGED] = unacknowledged,
    [GUARD_PROPOSAL] = proposal,
    [GUARD_CLASSIFIED] = classified,
    [GUARD_NOT_AWARDED] = not_awarded,
    [GUARD_SIMPLE] = simple,
    [GUARD_CONSULTATION] = consultation,
    [GUARD_MET_IF_COMPLEX] = met_if_complex,
    [GUARD_IN_FUTURE] = in_future,
    [GUARD_WAY_PROVEN] = way_proven,
    [GUARD_NO_OPEN_WORK] = no_open_work,
    [GUARD_INSPECTED_IF_MAJOR] = inspected_if_major,
    [GUARD_EFFECTIVE] = effective,
    [GUARD_REMINDED_ENOUGH] = reminded_enough,
    [GUARD_IN_WINDOW] = in_window,
    [GUARD_MERGEABLE] = mergeable,
    [GUARD_NOT_WAITING] = not_waiting,
    [GUARD_WAITING] = waiting,
    [GUARD_NOT_ASKED_YET] = not_asked_yet,
    [GUARD_QUESTION_OPEN] = question_open,
    [GUARD_BELOW_TOP] = below_top,
    [GUARD_ABOVE_BOTTOM] = above_bottom,
    [GUARD_UNDER_REVIEW] = under_review,
    [GUARD_INSPECTION_OPEN] = inspection_open,
    [GUARD_ORDER_READY] = order_ready,
    [GUARD_RATING] = rating,
    [GUARD_NOT_HELD] = not_held,
    [GUARD_HELD] = held,
    [GUARD_RETENTION_OVER] = retention_over,
};

/* ---- may he? ---- */

/* How far the nearest row went: the refusal tells what stood in the way last. */
enum distance { WRONG_STATE, WRONG_ROLE, GUARDED, ALLOWED };

static enum distance try_row(struct deciding *d, const struct lifecycle_row *row, enum case_guard *ret_guard)
{
    if (!(row->from >> d->c->status & 1))
        return WRONG_STATE;
    if (!(row->who & d->roles))
        return WRONG_ROLE;
    for (int g = 0; g < CASE_GUARD_COUNT; g++)
        if ((row->guards >> g & 1) && !guards[g](d)) {
            *ret_guard = (enum case_guard)g;
            return GUARDED;
        }
    return ALLOWED;
}

static enum distance find_row(struct deciding *d, enum case_guard *ret_guard)
{
    enum distance nearest = WRONG_STATE;

    d->row = NULL;
    for (size_t i = 0; i < lifecycle_rows; i++) {
        enum case_guard guard = CASE_GUARD_COUNT;
        enum distance distance;

        if (lifecycle[i].command != d->deed->what)
            continue;
        distance = try_row(d, &lifecycle[i], &guard);
        /* of several that fail the last is the one for what the others leave */
        if (distance > nearest || (distance == nearest && (!d->row || distance == GUARDED))) {
            nearest = distance;
            d->row = &lifecycle[i];
            *ret_guard = guard;
        }
        if (distance == ALLOWED)
            break;
    }
    return nearest;
}

static int refuse(struct deciding *d, enum distance distance, enum case_guard guard)
{
    const char *rule = d->row ? d->row->rule : "";

    switch (distance) {
    case WRONG_STATE:
        d->h->refusal = (struct refusal){ "wrong_state", rule, "投诉单当前状态不能做此操作",
                                          "the case is not in a state for this" };
        break;
    case WRONG_ROLE:
        d->h->refusal =
            (struct refusal){ "wrong_role", rule, "无权做此操作", "this person may not do this to the case" };
        break;
    case GUARDED:
    case ALLOWED:
        d->h->refusal = (struct refusal){ case_guards[guard].code, case_guards[guard].rule, case_guards[guard].chinese,
                                          case_guards[guard].english };
        break;
    }
    return HANDLING_REFUSED;
}

/* The work order that a command is about; commands about none have no such field. */
static struct work_order *order_of(struct case_state *c, const ProtobufCMessage *fields)
{
    const ProtobufCFieldDescriptor *f =
        fields ? protobuf_c_message_descriptor_get_field_by_name(fields->descriptor, "work_order") : NULL;

    return f ? work_order_find(&c->orders, *(const int32_t *)((const char *)fields + f->offset)) : NULL;
}

static struct deciding deciding_of(struct handling *h, struct case_state *c, const struct deed *deed)
{
    return (struct deciding){ .h = h,
                              .c = c,
                              .deed = deed,
                              .roles = !deed->fields && strncmp(deed->actor, "system:", 7) == 0
                                           ? (uint32_t)ROLE_SYSTEM
                                           : handling_roles(h->tenant, c, deed->actor),
                              .order = order_of(c, deed->fields) };
}

/* What gives the case away or says that somebody has it is about who has it now. */
static bool is_about_assignment(const struct deciding *d)
{
    switch ((int)d->deed->what) {
    case CMD_CLASSIFY:
    case CMD_REASSIGN:
    case CMD_REFUSE:
    case CMD_AWARD:
    case CMD_ACKNOWLEDGE:
        return true;
    case CMD_RECUSE:
        return d->deed->fields && strcmp(FIELDS(Recuse, d)->staff_id, d->c->assignee) == 0;
    default:
        return false;
    }
}

/* A step is not done before the one that it follows: its clock would not hear of it. */
static int64_t earliest_us(const struct deciding *d)
{
    int64_t us = d->row->to == CASE_SAME ? d->c->received_us : d->c->since_us;

    if (is_about_assignment(d))
        us = later_of(us, d->c->assigned_us);
    return d->deed->what == CMD_GIVE_INFORMATION ? later_of(us, d->c->question_us) : us;
}

int64_t handling_now(const struct handling *h, const struct case_state *c)
{
    return later_of(h->now_us, later_of(c->since_us, c->assigned_us));
}

int handling_apply(struct handling *h, struct case_state *c, const struct deed *deed)
{
    struct deciding d = deciding_of(h, c, deed);
    enum case_guard guard = CASE_GUARD_COUNT;
    enum distance distance = find_row(&d, &guard);

    if (distance != ALLOWED)
        return refuse(&d, distance, guard);
    if (deed->at_us < earliest_us(&d)) {
        h->refusal = (struct refusal){ "before_last_step", "R49", "所述时间早于上一步骤",
                                       "it is said to have been done before the step that it follows" };
        return HANDLING_REFUSED;
    }
    return effects_of(&d);
}

const char *const *handling_allowed(struct handling *h, struct case_state *c, const char *actor)
{
    const char **names = arena_array(h->arena, const char *, CASE_COMMAND_COUNT + 1);
    size_t n = 0;

    for (int what = 0; what < CASE_COMMAND_COUNT; what++) {
        struct deed deed = { .what = (enum case_command)what, .actor = actor, .at_us = h->now_us };
        struct deciding d = deciding_of(h, c, &deed);
        enum case_guard guard;

        if (find_row(&d, &guard) == ALLOWED)
            names[n++] = case_commands[what].name;
    }
    return names;
}
