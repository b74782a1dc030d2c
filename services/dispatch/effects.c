/* What follows from a command that may be given: how the case changes and what is told. One function per command that
 * does more than tell; a table at the end says which. */
#include <stdlib.h>
#include <string.h>

#include "handling_private.h"

#define DAY_US INT64_C(86400000000)

#define LEVEL(name)      REDRESS__V1__ESCALATION_LEVEL__ESCALATION_LEVEL_##name
#define CONDITION(name)  REDRESS__V1__ESCALATION_CONDITION__ESCALATION_CONDITION_##name
#define WAIT_INFORMATION REDRESS__V1__WAIT_REASON__WAIT_REASON_INFORMATION

/* ---- telling ---- */

static void *grown(struct arena *a, void *items, size_t count, size_t *cap, size_t size)
{
    void *fresh;

    if (count < *cap)
        return items;
    *cap = *cap ? *cap * 2 : 8;
    fresh = arena_calloc(a, *cap, size);
    if (count)
        memcpy(fresh, items, count * size);
    return fresh;
}

void handling_tell(struct handling *h, struct case_state *on, const char *member, ProtobufCMessage *message)
{
    h->events = grown(h->arena, h->events, h->event_count, &h->event_cap, sizeof(*h->events));
    h->events[h->event_count++] = (struct case_event){ on, member, message };
    on->changed = true;
}

/* An event that no command's fields make; to be filled in. */
static void *tell_new(struct handling *h, struct case_state *on, const char *member)
{
    ProtobufCMessage *m = deed_event(h->arena, member, NULL);

    handling_tell(h, on, member, m);
    return m;
}

/* The command's own event, with what the command brought. */
static void *tell_own(struct deciding *d)
{
    const char *member = case_commands[d->deed->what].event;
    ProtobufCMessage *m = deed_event(d->h->arena, member, d->deed->fields);

    handling_tell(d->h, d->c, member, m);
    return m;
}

static Google__Protobuf__Timestamp *stamp(struct arena *a, int64_t at_us)
{
    Google__Protobuf__Timestamp *t = arena_new(a, Google__Protobuf__Timestamp);

    google__protobuf__timestamp__init(t);
    t->seconds = at_us / 1000000;
    t->nanos = (int32_t)(at_us % 1000000) * 1000;
    return t;
}

static int64_t time_us(const Google__Protobuf__Timestamp *t)
{
    return t ? t->seconds * 1000000 + t->nanos / 1000 : 0;
}

static char *text(const char *s)
{
    return (char *)(uintptr_t)s;
}

static int64_t later_of(int64_t x_us, int64_t y_us)
{
    return x_us > y_us ? x_us : y_us;
}

/* What is told late may have been done before the step before: time goes on all the same. */
static void move_to(struct deciding *d, enum case_status to)
{
    if (to == CASE_SAME || to == d->c->status)
        return;
    d->c->status = to;
    d->c->since_us = later_of(d->deed->at_us, d->c->since_us);
}

/* ---- who has it ---- */

static struct assign_request request_for(const struct handling *h, const struct case_state *c, const char *department)
{
    return (struct assign_request){ .tenant = h->tenant,
                                    .department = department,
                                    .project = c->project,
                                    .complainant_key = c->complainant_key,
                                    .texts = h->texts,
                                    .text_count = h->text_count,
                                    .recused = c->recused,
                                    .today = h->today,
                                    .load = h->load };
}

/* A person named by somebody: he must be fit for it, whatever the workload (R12). */
static bool name_one(const struct handling *h, const struct case_state *c, const char *staff_id, struct assignment *ret)
{
    int i = tenant_staff(h->tenant, staff_id);

    if (i < 0 || !assign_may_handle(&h->tenant->staff[i], &c->recused, c->complainant_key))
        return false;
    *ret = (struct assignment){ .staff_id = h->tenant->staff[i].id,
                                .index = i,
                                .way = ASSIGN_HANDLER,
                                .role = REDRESS__V1__ASSIGNEE_ROLE__ASSIGNEE_ROLE_HANDLER };
    return true;
}

/* He has it from now on, and has yet to say so. */
static void put_in_hands(struct handling *h, struct case_state *c, const char *department, const struct assignment *to)
{
    assign_uncount(h->tenant, h->load, c->assignee);
    assign_count(h->load, to, h->now_us);
    c->department = department;
    c->assignee = to->staff_id;
    c->assignee_role = (int)to->role;
    c->assigned_us = later_of(h->at_us, c->assigned_us);
    c->passed_on = 0;
    c->facts &= ~(uint32_t)FACT_ACKNOWLEDGED;
}

static Redress__V1__Reassigned *hand_to(struct handling *h, struct case_state *c, const char *department,
                                        const struct assignment *to)
{
    Redress__V1__Reassigned *m = tell_new(h, c, "reassigned");

    m->from_assignee_id = text(c->assignee);
    m->department_code = text(department);
    m->assignee_id = text(to->staff_id);
    m->assignee_role = to->role;
    put_in_hands(h, c, department, to);
    return m;
}

/* To the person named, or to whoever is best; "" for a department: the same. */
static int give(struct deciding *d, const char *department, const char *staff_id, Redress__V1__Reassigned **ret)
{
    const struct department *known = tenant_department(d->h->tenant, *department ? department : d->c->department);
    struct assign_request q = request_for(d->h, d->c, known ? known->code : d->c->department);
    struct assignment to;

    if (!*staff_id) {
        to = assign_decide(&q);
    } else if (!name_one(d->h, d->c, staff_id, &to)) {
        const struct guard_info *g = &case_guards[GUARD_MAY_HANDLE];

        d->h->refusal = (struct refusal){ g->code, g->rule, g->chinese, g->english };
        return HANDLING_REFUSED;
    }
    *ret = hand_to(d->h, d->c, q.department, &to);
    return 0;
}

/* Where the system does it, to whoever is best. */
static int reassign(struct deciding *d)
{
    const Redress__V1__Reassign *m = FIELDS(Reassign, d);
    Redress__V1__Reassigned *e;

    return give(d, m ? m->department_code : "", m ? m->assignee_id : "", &e);
}

static int award(struct deciding *d)
{
    const Redress__V1__Award *m = FIELDS(Award, d);
    Redress__V1__Reassigned *e;
    int r = give(d, m->department_code, m->assignee_id, &e);

    if (r == 0) {
        e->awarded = true;
        d->c->facts |= FACT_AWARDED;
    }
    return r;
}

/* To the department that it proposed; to customer service, which says where it belongs, when nobody knows or it went
 * to and fro too often. */
static int refuse_it(struct deciding *d)
{
    Redress__V1__Refused *m = tell_own(d);
    Redress__V1__Reassigned *e;
    struct assign_request q;
    struct assignment to;

    m->bounces = ++d->c->bounces;
    if (d->row->to == CASE_ASSIGNED)
        return give(d, m->proposed_department, "", &e);
    q = request_for(d->h, d->c, DEPARTMENT_CUSTOMER_SERVICE);
    q.to_head = true;
    to = assign_decide(&q);
    hand_to(d->h, d->c, DEPARTMENT_CUSTOMER_SERVICE, &to);
    return 0;
}

static int acknowledge(struct deciding *d)
{
    tell_own(d);
    d->c->facts |= FACT_ACKNOWLEDGED;
    d->c->passed_on = 0;
    return 0;
}

static int recuse(struct deciding *d)
{
    const Redress__V1__Recuse *m = FIELDS(Recuse, d);
    const struct words *was = &d->c->recused;
    Redress__V1__Reassigned *e;
    const char **items;

    tell_own(d);
    if (!words_have(was, m->staff_id)) {
        items = arena_array(d->h->arena, const char *, was->count + 1);
        for (size_t i = 0; i < was->count; i++)
            items[i] = was->items[i];
        items[was->count] = m->staff_id;
        d->c->recused = (struct words){ items, was->count + 1 };
    }
    if (strcmp(d->c->assignee, m->staff_id) != 0)
        return 0;
    if (d->c->status == CASE_ACKNOWLEDGED)
        move_to(d, CASE_ASSIGNED);
    return give(d, "", "", &e);
}

int handling_pass_on(struct handling *h, struct case_state *c)
{
    struct assign_request q = request_for(h, c, c->department);
    int passed_on = c->passed_on;
    struct assignment to;

    if ((c->facts & FACT_ACKNOWLEDGED) || !case_status_alive(c->status))
        return HANDLING_REFUSED;
    q.not_again = c->assignee;
    q.to_head = passed_on > 0; /* first to the next one, then to the head */
    to = assign_decide(&q);
    if (strcmp(to.staff_id, c->assignee) == 0)
        return HANDLING_REFUSED; /* nobody else is left: the ladder goes on telling */
    hand_to(h, c, c->department, &to);
    c->passed_on = passed_on + 1;
    return 0;
}

/* ---- what it is ---- */

static void open_inspection(struct handling *h, struct case_state *c)
{
    if (c->severity != REDRESS__V1__SEVERITY__SEVERITY_MAJOR || (c->facts & (FACT_INSPECTION_OPEN | FACT_INSPECTED)))
        return;
    c->facts |= FACT_INSPECTION_OPEN;
    tell_new(h, c, "inspection_opened");
    handling_escalate(h, c, LEVEL(SENIOR_MANAGEMENT), CONDITION(MAJOR));
}

/* R34: more than that at stake in the home within a year, this case included; told once. */
static void weigh_amount(struct handling *h, struct case_state *c)
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
    open_inspection(h, c);
    weigh_amount(h, c);
}

static bool complex_by_rules(const struct tenant *t, const struct category *category, const struct case_state *c)
{
    return category->complex || words_have(&t->policy.rules.complex_departments, category->department) ||
           (t->policy.rules.complex_amount_fen > 0 && c->amount_fen >= t->policy.rules.complex_amount_fen);
}

static void judge(struct deciding *d, const struct category *category)
{
    const Redress__V1__Classify *m = FIELDS(Classify, d);
    const struct tenant *t = d->h->tenant;
    struct case_state *c = d->c;

    c->category = category->code;
    if (m->severity)
        c->severity = (int)m->severity;
    else if (words_have(&t->policy.rules.major_categories, category->code))
        c->severity = REDRESS__V1__SEVERITY__SEVERITY_MAJOR;
    if (m->complexity)
        c->complexity = (int)m->complexity;
    else
        c->complexity = complex_by_rules(t, category, c) ? REDRESS__V1__COMPLEXITY__COMPLEXITY_COMPLEX
                                                         : REDRESS__V1__COMPLEXITY__COMPLEXITY_SIMPLE;
    c->file_changed = true;
    c->classified = true;
}

/* Whoever it is given to: told as an assignment, because it says category, severity and complexity too. */
static int classify_by_hand(struct deciding *d)
{
    const struct category *category = policy_category(&d->h->tenant->policy, FIELDS(Classify, d)->category_code);
    struct assign_request q = request_for(d->h, d->c, category->department);
    struct assignment to = assign_decide(&q);
    struct case_state *c = d->c;
    Redress__V1__Assigned *m;

    judge(d, category);
    m = tell_new(d->h, c, "assigned");
    m->category_code = text(c->category);
    m->category_source = REDRESS__V1__CATEGORY_SOURCE__CATEGORY_SOURCE_BY_HAND;
    m->category_confidence = 100;
    m->severity = (Redress__V1__Severity)c->severity;
    m->complexity = (Redress__V1__Complexity)c->complexity;
    m->department_code = text(category->department);
    m->assignee_id = text(to.staff_id);
    m->assignee_role = to.role;
    put_in_hands(d->h, c, category->department, &to);
    c->facts &= ~(uint32_t)FACT_AWARDED;
    open_inspection(d->h, c);
    weigh_amount(d->h, c);
    return 0;
}

/* ---- working on it ---- */

static int contact(struct deciding *d)
{
    if (FIELDS(Contact, d)->reached) {
        tell_own(d);
        d->c->facts |= FACT_CONTACTED;
    } else {
        handling_tell(d->h, d->c, "contact_attempted", deed_event(d->h->arena, "contact_attempted", d->deed->fields));
    }
    return 0;
}

static int hold_meeting(struct deciding *d)
{
    bool agreed = FIELDS(HoldMeeting, d)->agreed;

    tell_own(d);
    d->c->facts = agreed ? d->c->facts | FACT_MEETING_AGREED : d->c->facts & ~(uint32_t)FACT_MEETING_AGREED;
    if (!agreed)
        handling_escalate(d->h, d->c, LEVEL(CUSTOMER_SERVICE), CONDITION(NO_AGREEMENT));
    return 0;
}

static int propose_plan(struct deciding *d)
{
    const Redress__V1__ProposePlan *m = FIELDS(ProposePlan, d);
    Redress__V1__PlanProposed *e = tell_own(d);

    e->plan = ++d->c->plans;
    d->c->plan_deadline_us = time_us(m->deadline);
    d->c->plan_steps = (int)m->n_steps;
    if (m->amount_fen && m->amount_fen->value > d->c->amount_fen) {
        d->c->amount_fen = m->amount_fen->value;
        d->c->file_changed = true;
        weigh_amount(d->h, d->c);
    }
    return 0;
}

static int confirm_plan(struct deciding *d)
{
    Redress__V1__PlanConfirmed *e = tell_own(d);

    e->plan = d->c->plans;
    e->deadline = stamp(d->h->arena, d->c->plan_deadline_us);
    return 0;
}

static int next_level(const struct case_state *c)
{
    return c->level < (int)LEVEL(SENIOR_MANAGEMENT) ? c->level + 1 : c->level;
}

static int reject_plan(struct deciding *d)
{
    Redress__V1__PlanRejected *e = tell_own(d);

    e->plan = d->c->plans;
    handling_escalate(d->h, d->c, next_level(d->c), CONDITION(PLAN_REJECTED));
    return 0;
}

static int complete(struct deciding *d)
{
    Redress__V1__Rectified *e = tell_own(d);

    e->simple = strcmp(d->row->rule, "R30") == 0;
    return 0;
}

static int evaluate(struct deciding *d)
{
    tell_own(d);
    if (!FIELDS(Evaluate, d)->effective)
        d->c->facts |= FACT_REWORKED;
    return 0;
}

/* R29: back to planning, with what was said, and that raises it (R34). */
static int dissatisfy(struct deciding *d)
{
    Redress__V1__Dissatisfied *e = tell_own(d);

    e->times = ++d->c->dissatisfied;
    d->c->facts |= FACT_REWORKED;
    d->c->facts &= ~(uint32_t)FACT_MEETING_AGREED;
    d->c->reminders = 0;
    if (d->row->to == CASE_INVESTIGATED)
        handling_escalate(d->h, d->c, next_level(d->c), CONDITION(DISSATISFIED));
    return 0;
}

static int feed_back(struct deciding *d)
{
    tell_own(d);
    d->c->reminders = 0;
    return 0;
}

static int remind(struct deciding *d)
{
    Redress__V1__Reminded *e = tell_own(d);

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
    Redress__V1__Closed *e = tell_own(d);

    put_away(d);
    d->c->reopen_until_us = d->deed->at_us + d->h->tenant->handling.reopen_days * DAY_US;
    e->reopen_until = stamp(d->h->arena, d->c->reopen_until_us);
    e->because = d->c->status == CASE_CONFIRMED  ? REDRESS__V1__CLOSED_BECAUSE__CLOSED_BECAUSE_CONFIRMED
                 : d->c->status == CASE_ANSWERED ? REDRESS__V1__CLOSED_BECAUSE__CLOSED_BECAUSE_ANSWERED
                                                 : REDRESS__V1__CLOSED_BECAUSE__CLOSED_BECAUSE_NO_ANSWER;
    return 0;
}

static int withdraw(struct deciding *d)
{
    tell_own(d);
    put_away(d);
    return 0;
}

static int merge(struct deciding *d)
{
    Redress__V1__Merged *e = tell_own(d);
    struct case_state *into = d->h->other;
    Redress__V1__Absorbed *there;
    char *id = arena_alloc(d->h->arena, UUID_TEXT_SIZE), *own = arena_alloc(d->h->arena, UUID_TEXT_SIZE);

    uuid_format(&into->id, id);
    uuid_format(&d->c->id, own);
    e->into_id = id;
    e->into_number = text(into->number);
    d->c->merged_into = into->id;
    put_away(d);
    there = tell_new(d->h, into, "absorbed");
    there->from_id = own;
    there->from_number = text(d->c->number);
    return 0;
}

/* It reaches whoever did the work, if he may still have it; else it is given anew. */
static int take_up_again(struct deciding *d, const char *split_from)
{
    int i = tenant_staff(d->h->tenant, d->c->assignee);
    Redress__V1__Reopened *e = tell_own(d);
    Redress__V1__Reassigned *to;
    int r = 0;

    e->times = ++d->c->reopened;
    e->split_from_id = text(split_from);
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
        r = give(d, "", "", &to);
    open_inspection(d->h, d->c);
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
    Redress__V1__Archived *e = tell_own(d);

    /* Civil years: 365.2425 days; the Civil Code counts from the day after (art. 201). */
    d->c->retain_until_us =
        d->c->closed_us + d->h->tenant->handling.retain_years * (INT64_C(31556952) * 1000000) + DAY_US;
    e->retain_until = stamp(d->h->arena, d->c->retain_until_us);
    return 0;
}

/* ---- waiting ---- */

static int wait_for(struct deciding *d)
{
    tell_own(d);
    d->c->waiting = (int)FIELDS(Wait, d)->reason;
    d->c->chases = 0;
    return 0;
}

static int chase_party(struct deciding *d)
{
    Redress__V1__PartyChased *e = tell_own(d);

    e->times = ++d->c->chases;
    return 0;
}

static int resume(struct deciding *d)
{
    Redress__V1__Resumed *e = tell_own(d);

    e->reason = (Redress__V1__WaitReason)d->c->waiting;
    d->c->waiting = 0;
    return 0;
}

static int request_information(struct deciding *d)
{
    Redress__V1__InformationRequested *e = tell_own(d);
    Redress__V1__Paused *wait = tell_new(d->h, d->c, "paused");

    e->stage = text(case_status_name((int)d->c->status));
    wait->reason = WAIT_INFORMATION;
    d->c->asked |= UINT32_C(1) << d->c->status;
    d->c->question = d->c->status;
    return 0;
}

static int give_information(struct deciding *d)
{
    Redress__V1__InformationGiven *e = tell_own(d);
    Redress__V1__Resumed *go_on = tell_new(d->h, d->c, "resumed");

    e->stage = text(case_status_name((int)d->c->question));
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
    e = tell_new(h, c, "escalated");
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
    Redress__V1__Deescalated *e = tell_own(d);

    e->from_level = (Redress__V1__EscalationLevel)d->c->level;
    d->c->level = to ? to : d->c->level - 1;
    e->to_level = (Redress__V1__EscalationLevel)d->c->level;
    return 0;
}

static int record_inspection(struct deciding *d)
{
    tell_own(d);
    d->c->facts |= FACT_INSPECTED;
    d->c->facts &= ~(uint32_t)FACT_INSPECTION_OPEN;
    return 0;
}

/* ---- work orders ---- */

static bool paid_by_default(const struct deciding *d)
{
    const struct words *paid = &d->h->tenant->handling.paid_categories;

    for (size_t i = 0; i < paid->count; i++) {
        size_t len = strlen(paid->items[i]);

        if (strncmp(d->c->category, paid->items[i], len) == 0 && strchr(".", d->c->category[len]))
            return true;
    }
    return false;
}

static int open_work_order(struct deciding *d)
{
    Redress__V1__WorkOrderOpened *e = tell_own(d);
    Redress__V1__WorkKind kind = FIELDS(OpenWorkOrder, d)->kind;
    bool paid = kind ? kind == REDRESS__V1__WORK_KIND__WORK_KIND_PAID : paid_by_default(d);

    e->work_order = work_order_add(d->h->arena, &d->c->orders, paid, d->deed->at_us)->number;
    e->paid = paid;
    return 0;
}

/* On to the next status of the order that the command names; it is told. */
static void *step_order(struct deciding *d)
{
    (void)work_order_allows(d->order, d->deed->what, &d->order->status); /* the guard has asked */
    d->order->changed = true;
    return tell_own(d);
}

static int not_on_the_list(struct deciding *d, int line)
{
    d->h->refusal = (struct refusal){ "no_price", "R31",
                                      arena_printf(d->h->arena, "第 %d 行的项目不在价目表内，或数量超限", line + 1),
                                      arena_printf(d->h->arena,
                                                   "line %d: the price list has no such item, or the quantity is out "
                                                   "of range",
                                                   line + 1) };
    return HANDLING_REFUSED;
}

static int quote_work(struct deciding *d)
{
    const Redress__V1__QuoteWork *m = FIELDS(QuoteWork, d);
    struct order_line *lines = arena_array(d->h->arena, struct order_line, m->n_lines + 1);
    Redress__V1__QuoteLine **priced = arena_array(d->h->arena, Redress__V1__QuoteLine *, m->n_lines + 1);
    Redress__V1__WorkOrderQuoted *e;
    int64_t total_fen;
    int bad;

    for (size_t i = 0; i < m->n_lines; i++)
        lines[i] = (struct order_line){ .item = m->lines[i]->item, .quantity_milli = m->lines[i]->quantity_milli };
    bad = work_order_price(&d->h->tenant->prices, d->c->project, d->h->today, lines, m->n_lines, &total_fen);
    if (bad >= 0)
        return not_on_the_list(d, bad);
    e = step_order(d);
    d->order->lines = lines;
    d->order->line_count = m->n_lines;
    d->order->total_fen = e->total_fen = total_fen;
    d->order->approved = 0;
    e->quote = ++d->order->quote;
    for (size_t i = 0; i < m->n_lines; i++) {
        priced[i] = arena_new(d->h->arena, Redress__V1__QuoteLine);
        *priced[i] = *m->lines[i];
        priced[i]->unit_price_fen = lines[i].unit_price_fen;
        priced[i]->amount_fen = lines[i].amount_fen;
    }
    e->lines = priced;
    return 0;
}

static int approve_quote(struct deciding *d)
{
    step_order(d);
    d->order->approved = d->order->quote;
    return 0;
}

static int dispatch_work(struct deciding *d)
{
    step_order(d);
    d->order->team = FIELDS(DispatchWork, d)->team;
    return 0;
}

static int agree_appointment(struct deciding *d)
{
    step_order(d);
    d->order->from_us = time_us(FIELDS(AgreeAppointment, d)->from);
    d->order->to_us = time_us(FIELDS(AgreeAppointment, d)->to);
    return 0;
}

static int finish_work(struct deciding *d)
{
    step_order(d);
    d->order->done_us = d->deed->at_us;
    return 0;
}

/* The fee of paid work goes on the bill with the signature, once: nothing leads out of ORDER_SIGNED. */
static int sign_work(struct deciding *d)
{
    struct handling *h = d->h;

    step_order(d);
    d->order->quality = FIELDS(SignWork, d)->quality;
    d->order->attitude = FIELDS(SignWork, d)->attitude;
    if (d->order->paid) {
        h->bills = grown(h->arena, h->bills, h->bill_count, &h->bill_cap, sizeof(*h->bills));
        h->bills[h->bill_count++] = (struct case_bill){ d->c, d->order };
    }
    return 0;
}

static int cancel_work(struct deciding *d)
{
    step_order(d);
    return 0;
}

/* ---- the record ---- */

static int set_hold(struct deciding *d)
{
    tell_own(d);
    d->c->facts |= FACT_HELD;
    return 0;
}

static int lift_hold(struct deciding *d)
{
    tell_own(d);
    d->c->facts &= ~(uint32_t)FACT_HELD;
    return 0;
}

static int only_tell(struct deciding *d)
{
    tell_own(d);
    return 0;
}

typedef int effect(struct deciding *d);

/* Not named: it is told, and nothing else follows. */
static effect *const effects[CASE_COMMAND_COUNT] = {
    [CMD_CLASSIFY] = classify_by_hand,
    [CMD_REASSIGN] = reassign,
    [CMD_REFUSE] = refuse_it,
    [CMD_AWARD] = award,
    [CMD_ACKNOWLEDGE] = acknowledge,
    [CMD_RECUSE] = recuse,
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
    [CMD_OPEN_WORK_ORDER] = open_work_order,
    [CMD_QUOTE_WORK] = quote_work,
    [CMD_APPROVE_QUOTE] = approve_quote,
    [CMD_DISPATCH_WORK] = dispatch_work,
    [CMD_AGREE_APPOINTMENT] = agree_appointment,
    [CMD_FINISH_WORK] = finish_work,
    [CMD_SIGN_WORK] = sign_work,
    [CMD_CANCEL_WORK] = cancel_work,
    [CMD_SET_LEGAL_HOLD] = set_hold,
    [CMD_LIFT_LEGAL_HOLD] = lift_hold,
};

int effects_of(struct deciding *d)
{
    effect *follows = effects[d->deed->what] ? effects[d->deed->what] : only_tell;
    int r = follows(d);

    if (r == 0)
        move_to(d, d->row->to);
    return r;
}
