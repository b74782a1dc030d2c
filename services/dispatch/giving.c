/* Who has a case: given, passed on, refused, awarded, classified by hand (R10-R12). */
#include <string.h>

#include "handling_private.h"

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
    Redress__V1__Reassigned *m = told_new(h, c, "reassigned");

    m->from_assignee_id = told_text(c->assignee);
    m->department_code = told_text(department);
    m->assignee_id = told_text(to->staff_id);
    m->assignee_role = to->role;
    put_in_hands(h, c, department, to);
    return m;
}

/* To the person named, or to whoever is best; "" for a department: the same. */
int effect_give(struct deciding *d, const char *department, const char *staff_id, Redress__V1__Reassigned **ret)
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
int effect_reassign(struct deciding *d)
{
    const Redress__V1__Reassign *m = FIELDS(Reassign, d);
    Redress__V1__Reassigned *e;

    return effect_give(d, m ? m->department_code : "", m ? m->assignee_id : "", &e);
}

int effect_award(struct deciding *d)
{
    const Redress__V1__Award *m = FIELDS(Award, d);
    Redress__V1__Reassigned *e;
    int r = effect_give(d, m->department_code, m->assignee_id, &e);

    if (r == 0) {
        e->awarded = true;
        d->c->facts |= FACT_AWARDED;
    }
    return r;
}

/* To the department that it proposed; to customer service, which says where it belongs, when nobody knows or it went
 * to and fro too often. */
int effect_refuse_it(struct deciding *d)
{
    Redress__V1__Refused *m = told_own(d);
    Redress__V1__Reassigned *e;
    struct assign_request q;
    struct assignment to;

    m->bounces = ++d->c->bounces;
    if (d->row->to == CASE_ASSIGNED)
        return effect_give(d, m->proposed_department, "", &e);
    q = request_for(d->h, d->c, DEPARTMENT_CUSTOMER_SERVICE);
    q.to_head = true;
    to = assign_decide(&q);
    hand_to(d->h, d->c, DEPARTMENT_CUSTOMER_SERVICE, &to);
    return 0;
}

int effect_acknowledge(struct deciding *d)
{
    told_own(d);
    d->c->facts |= FACT_ACKNOWLEDGED;
    d->c->passed_on = 0;
    return 0;
}

int effect_recuse(struct deciding *d)
{
    const Redress__V1__Recuse *m = FIELDS(Recuse, d);
    const struct words *was = &d->c->recused;
    Redress__V1__Reassigned *e;
    const char **items;

    told_own(d);
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
        effects_move_to(d, CASE_ASSIGNED);
    return effect_give(d, "", "", &e);
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

int handling_give_anew(struct handling *h, struct case_state *c)
{
    struct assign_request q = request_for(h, c, c->department);
    struct assignment to;

    if (!case_status_alive(c->status))
        return HANDLING_REFUSED;
    q.not_again = c->assignee;
    q.to_head = c->status == CASE_TO_CLASSIFY; /* it still is to be said where it belongs */
    to = assign_decide(&q);
    if (strcmp(to.staff_id, c->assignee) == 0)
        return HANDLING_REFUSED;
    hand_to(h, c, c->department, &to);
    if (c->status == CASE_ACKNOWLEDGED)
        c->status = CASE_ASSIGNED;
    return 0;
}

/* ---- what it is ---- */

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
int effect_classify_by_hand(struct deciding *d)
{
    const struct category *category = policy_category(&d->h->tenant->policy, FIELDS(Classify, d)->category_code);
    struct assign_request q = request_for(d->h, d->c, category->department);
    struct assignment to = assign_decide(&q);
    struct case_state *c = d->c;
    Redress__V1__Assigned *m;

    judge(d, category);
    m = told_new(d->h, c, "assigned");
    m->category_code = told_text(c->category);
    m->category_source = REDRESS__V1__CATEGORY_SOURCE__CATEGORY_SOURCE_BY_HAND;
    m->category_confidence = 100;
    m->severity = (Redress__V1__Severity)c->severity;
    m->complexity = (Redress__V1__Complexity)c->complexity;
    m->department_code = told_text(category->department);
    m->assignee_id = told_text(to.staff_id);
    m->assignee_role = to.role;
    put_in_hands(d->h, c, category->department, &to);
    c->facts &= ~(uint32_t)FACT_AWARDED;
    effects_open_inspection(d->h, c);
    effects_weigh_amount(d->h, c);
    return 0;
}
