#include "assign.h"

#include <string.h>

#define NAME_MIN_CHARS 2 /* a shorter name stands in every text */

static bool has_name(const struct assign_request *q, struct str name)
{
    if (utf8_count(name.data, name.len) < NAME_MIN_CHARS)
        return false;
    for (size_t i = 0; i < q->text_count; i++)
        if (q->texts[i].len >= name.len && memmem(q->texts[i].data, q->texts[i].len, name.data, name.len))
            return true;
    return false;
}

static bool about(const struct assign_request *q, const struct staff *s)
{
    if (*s->phone_key && strcmp(s->phone_key, q->complainant_key) == 0)
        return true;
    return words_have(&q->recused, s->id) || has_name(q, s->name);
}

bool assign_present(const struct staff *s, int32_t today)
{
    if (!s->on_duty)
        return false;
    for (size_t i = 0; i < s->absence_count; i++)
        if (today >= s->absences[i].from && today < s->absences[i].to)
            return false;
    return true;
}

bool assign_may_handle(const struct staff *s, const struct words *recused, const char *complainant_key)
{
    return s->trained && !words_have(recused, s->id) && !(*s->phone_key && strcmp(s->phone_key, complainant_key) == 0);
}

static bool is_candidate(const struct assign_request *q, const struct staff *s, const struct department *d)
{
    return strcmp(s->department, q->department) == 0 && s->trained && assign_present(s, q->today) &&
           (s->projects.count == 0 || words_have(&s->projects, q->project)) && strcmp(s->id, q->tenant->duty) != 0 &&
           !(d && strcmp(s->id, d->head) == 0) && !(q->not_again && strcmp(s->id, q->not_again) == 0);
}

static bool comes_before(const struct workload *x, const struct workload *y)
{
    return x->open != y->open ? x->open < y->open : x->given_us < y->given_us;
}

/* Texts are searched only for the names of those who would be chosen. */
static int pick_handler(const struct assign_request *q, const struct department *d, struct assignment *ret)
{
    const struct tenant *t = q->tenant;
    int best = -1;

    for (size_t i = 0; i < t->staff_count; i++) {
        if (!is_candidate(q, &t->staff[i], d))
            continue;
        ret->candidates++;
        if (best >= 0 && !comes_before(&q->load[i], &q->load[best]))
            continue;
        if (about(q, &t->staff[i])) {
            ret->candidates--;
            ret->involved++;
            continue;
        }
        best = (int)i;
    }
    return best;
}

static struct assignment given(const struct assign_request *q, struct assignment a, const char *id, enum assign_way way,
                               Redress__V1__AssigneeRole role)
{
    a.staff_id = id;
    a.index = tenant_staff(q->tenant, id);
    a.way = way;
    a.role = role;
    a.open = a.index >= 0 ? q->load[a.index].open : 0;
    return a;
}

/* Counts whom it is about. */
static bool involved(const struct assign_request *q, int index, struct assignment *a)
{
    if (index < 0 || !about(q, &q->tenant->staff[index]))
        return false;
    a->involved++;
    return true;
}

/* The head of a department or who stands in for him; -1: nobody is there. */
static int pick_head(const struct assign_request *q, const struct department *d, struct assignment *a)
{
    for (size_t k = 0; d && k <= d->deputies.count; k++) {
        int i = tenant_staff(q->tenant, k == 0 ? d->head : d->deputies.items[k - 1]);

        if (i >= 0 && assign_present(&q->tenant->staff[i], q->today) &&
            !(q->not_again && strcmp(q->tenant->staff[i].id, q->not_again) == 0) && !involved(q, i, a))
            return i;
    }
    return -1;
}

struct assignment assign_decide(const struct assign_request *q)
{
    const struct tenant *t = q->tenant;
    const struct department *d = tenant_department(t, q->department);
    const struct department *service = tenant_department(t, DEPARTMENT_CUSTOMER_SERVICE);
    struct assignment a = { 0 };
    int i;

    i = q->to_head ? -1 : pick_handler(q, d, &a);
    if (i >= 0)
        return given(q, a, t->staff[i].id, ASSIGN_HANDLER, REDRESS__V1__ASSIGNEE_ROLE__ASSIGNEE_ROLE_HANDLER);
    i = pick_head(q, d, &a);
    if (i >= 0)
        return given(q, a, t->staff[i].id, ASSIGN_HEAD, REDRESS__V1__ASSIGNEE_ROLE__ASSIGNEE_ROLE_DEPARTMENT_HEAD);
    if (!involved(q, tenant_staff(t, t->duty), &a))
        return given(q, a, t->duty, ASSIGN_DUTY, REDRESS__V1__ASSIGNEE_ROLE__ASSIGNEE_ROLE_DUTY);
    i = service ? tenant_staff(t, service->head) : -1;
    if (i >= 0 && assign_present(&t->staff[i], q->today) && !about(q, &t->staff[i]))
        return given(q, a, service->head, ASSIGN_SERVICE_HEAD,
                     REDRESS__V1__ASSIGNEE_ROLE__ASSIGNEE_ROLE_DEPARTMENT_HEAD);
    return given(q, a, t->duty, ASSIGN_LAST_RESORT, REDRESS__V1__ASSIGNEE_ROLE__ASSIGNEE_ROLE_DUTY);
}

void assign_count(struct workload *load, const struct assignment *to, int64_t now_us)
{
    struct workload *w;

    if (to->index < 0)
        return;
    w = &load[to->index];
    w->open++;
    w->added++;
    w->given_us = w->given_us >= now_us ? w->given_us + 1 : now_us;
}

void assign_uncount(const struct tenant *t, struct workload *load, const char *staff_id)
{
    int i = tenant_staff(t, staff_id);

    if (i < 0)
        return;
    load[i].open--;
    load[i].added--;
}
