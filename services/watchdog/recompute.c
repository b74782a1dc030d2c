/* Running clocks are worked out again, case by case, after a calendar changed or a policy was applied to them. */
#include <string.h>

#include "common/base/error.h"
#include "common/base/log.h"
#include "events.h"
#include "watchdog.h"

#define CASES_AT_ONCE 500

/* A clock that cannot be worked out stays as it was: the others go on. */
static int recompute_one(struct clock_changes *changes, const struct promises *p, const struct recompute_job *j,
                         struct watched_case *row, struct case_clock *clock, int64_t now_us)
{
    const struct case_clock was = *clock;
    size_t told = changes->count;
    char id[UUID_TEXT_SIZE];
    int r = clockwork_recompute(changes, p, &row->clock_case, clock, j->version, now_us);

    if (r != ERR_POISON)
        return r;
    *clock = was;
    changes->count = told;
    uuid_format(&row->id, id);
    log_error("a clock could not be worked out again", LOG_STR("tenant", row->tenant), LOG_STR("complaint", id),
              LOG_STR("clock", clock->name), LOG_STR("why", err_text()));
    return 0;
}

static int recompute_case(struct batch *b, const struct promises *p, const struct recompute_job *j,
                          struct watched_case *row)
{
    struct change_cause why = { j->policy[0] ? REDRESS__V1__CLOCK_CHANGE_REASON__CLOCK_CHANGE_REASON_POLICY
                                             : REDRESS__V1__CLOCK_CHANGE_REASON__CLOCK_CHANGE_REASON_CALENDAR,
                                j->reason };
    struct clock_changes changes = { .arena = b->arena };
    const struct case_clocks *list = &row->clock_case.clocks;
    int r = 0;

    for (size_t i = 0; r == 0 && i < list->count; i++)
        if (!j->policy[0] || strcmp(list->items[i]->policy, j->policy) == 0)
            r = recompute_one(&changes, p, j, row, list->items[i], b->now_us);
    for (size_t i = 0; r == 0 && i < changes.count; i++)
        r = event_emit(b, NULL, p, row, &changes.items[i], &why);
    return r;
}

static void remember_armed(struct watchdog *w, const struct watched_set *s)
{
    for (size_t i = 0; i < s->ids.count; i++)
        for (size_t k = 0; k < s->rows[i].clock_case.clocks.count; k++) {
            const int64_t *next = case_clock_next(s->rows[i].clock_case.clocks.items[k]);
            if (next && *next < w->armed_from_us)
                w->armed_from_us = *next;
        }
}

int recompute_clocks(struct batch *b)
{
    struct watchdog *w = daemon_state(b->daemon);
    const struct promises *p;
    struct recompute_job j;
    struct watched_set cases;
    bool found = false;
    int r = commitments_refresh(w->commitments, b->pg);

    if (r == 0)
        r = store_take_recompute(b, &j, &found);
    if (r < 0 || !found)
        return r;
    r = store_next_cases(b, &j, CASES_AT_ONCE, &cases);
    p = commitments_of(w->commitments, j.tenant);
    for (size_t i = 0; r == 0 && p && i < cases.ids.count; i++)
        r = recompute_case(b, p, &j, &cases.rows[i]);
    if (r == 0)
        r = store_save(b, &cases);
    if (r < 0)
        return r;
    remember_armed(w, &cases);
    if (cases.ids.count == CASES_AT_ONCE && p)
        r = store_recompute_done(b, &j, &cases.rows[cases.ids.count - 1].id);
    else
        r = store_recompute_done(b, &j, NULL);
    if (r == 0 && cases.ids.count < CASES_AT_ONCE)
        log_info("clocks worked out again", LOG_STR("tenant", j.tenant), LOG_STR("reason", j.reason));
    return r < 0 ? r : 1;
}
