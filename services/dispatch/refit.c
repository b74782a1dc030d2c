/* R12 when things change: whoever loses his training, or leaves, loses his cases. Looked at when a tenant's settings
 * have changed, a page of cases at a time, and decided by the same rules as any reassignment. */
#include <string.h>

#include "acting.h"
#include "common/base/log.h"
#include "keeping.h"

#define PAGE  2000
#define LOOKS 3 /* at a page */
#define ACTOR "system:dispatch"

static int give_anew(struct acting *g, const struct unfit_case *u)
{
    const struct deed deed = { .actor = ACTOR, .at_us = g->w->batch->now_us };
    const struct tenant_load *l = work_load(g->w, u->tenant);
    struct case_state *c = case_set_get(&g->cases, &u->id)->state;
    struct handling h;
    int r;

    if (!c || !l)
        return 0;
    h = acting_handling(g, c, l);
    r = handling_give_anew(&h, c);
    return r == 0 ? acting_tell(g, &h, NULL, c, &deed) : r < 0 ? r : 0;
}

static int give_all_anew(struct work *w, const struct unfit_case *unfit, size_t count)
{
    _cleanup_(pg_result_freep) struct pg_result *texts = NULL;
    struct batch *b = w->batch;
    struct acting g = { .w = w };
    int r;

    case_set_init(&g.cases, b->arena, count);
    for (size_t i = 0; i < count; i++)
        case_set_add(&g.cases, &unfit[i].id)->wants_texts = true;
    work_load_tenants(w);
    r = store_load_workload(b, w->loads, w->load_count);
    if (r == 0)
        r = store_load_cases(b, &g.cases);
    if (r == 0)
        r = store_load_texts(b, &g.cases, &texts);
    for (size_t i = 0; r == 0 && i < count; i++)
        r = give_anew(&g, &unfit[i]);
    if (r == 0)
        r = store_save_cases(b, &g.cases, &g.texts);
    return r < 0 ? r : store_add_workload(b, w->loads, w->load_count);
}

/* On to the next page once nothing is left in this one: a transaction that was not committed is looked at again. What
 * cannot be given to anybody else stays where it is. */
static int go_on(struct dispatch *state, size_t left, bool last_page, const struct uuid *until)
{
    if (left && ++state->refit_looks < LOOKS)
        return 1;
    state->refit_looks = 0;
    if (!last_page) {
        state->refit_until = *until;
        return 1;
    }
    memset(&state->refit_until, 0, sizeof(state->refit_until));
    state->refit_revision = tenant_set_revision(state->tenants);
    return 0;
}

int refit_run(struct batch *b)
{
    struct dispatch *state = daemon_state(b->daemon);
    struct work w = { .batch = b, .state = state };
    struct unfit_case *unfit = NULL;
    struct uuid until = { 0 };
    size_t count = 0, seen = 0;
    bool any = false;
    int r = tenant_set_refresh(state->tenants, b->pg);

    if (r < 0 || state->refit_revision == tenant_set_revision(state->tenants))
        return r;
    r = store_any_unfit(b, &any);
    if (r == 0 && any)
        r = store_find_unfit(b, &state->refit_until, PAGE, &unfit, &count, &seen, &until);
    if (r == 0 && count)
        r = give_all_anew(&w, unfit, count);
    if (r < 0)
        return r;
    if (count)
        log_info("cases given to others: who had them may not any more", LOG_INT("cases", (int64_t)count));
    return go_on(state, count, seen < PAGE, &until);
}
