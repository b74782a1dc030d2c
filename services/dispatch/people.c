/* Who stands behind a level of escalation (R35): deputies where a place is empty, in the end the duty role. */
#include <string.h>

#include "handling.h"

struct people {
    const char **items;
    size_t count;
};

static bool present(const struct tenant *t, const char *staff_id, int32_t today)
{
    int i = tenant_staff(t, staff_id);

    return i >= 0 && assign_present(&t->staff[i], today);
}

static void add_head(struct people *p, const struct tenant *t, const char *department, int32_t today)
{
    const struct department *d = tenant_department(t, department);

    if (d && present(t, d->head, today))
        p->items[p->count++] = d->head;
    for (size_t i = 0; d && p->count == 0 && i < d->deputies.count; i++)
        if (present(t, d->deputies.items[i], today))
            p->items[p->count++] = d->deputies.items[i];
}

const char **handling_people(struct arena *a, const struct tenant *t, const struct case_state *c, int level,
                             int32_t today)
{
    struct people p = { arena_array(a, const char *, t->management.count + 3), 0 };

    switch (level) {
    case REDRESS__V1__ESCALATION_LEVEL__ESCALATION_LEVEL_HANDLER:
        p.items[p.count++] = c->assignee;
        break;
    case REDRESS__V1__ESCALATION_LEVEL__ESCALATION_LEVEL_DEPARTMENT_HEAD:
        add_head(&p, t, c->department, today);
        break;
    case REDRESS__V1__ESCALATION_LEVEL__ESCALATION_LEVEL_CUSTOMER_SERVICE:
        add_head(&p, t, DEPARTMENT_CUSTOMER_SERVICE, today);
        break;
    default:
        for (size_t i = 0; i < t->management.count; i++)
            if (present(t, t->management.items[i], today))
                p.items[p.count++] = t->management.items[i];
        break;
    }
    if (p.count == 0)
        p.items[p.count++] = t->duty;
    return p.items;
}
