/* Archives what is over and cannot be opened again, erases what was kept long enough: by the same rules as any command,
 * as the system, some hundred cases a transaction. */
#include <string.h>

#include "common/base/log.h"
#include "common/base/metrics.h"
#include "keeping.h"
#include "work.h"

#define AT_ONCE 200
#define ACTOR   "system:dispatch"

#define PURGE_AT_ONCE 5000

static struct metric metric_retired = { "redress_dispatch_retired_total", "Cases archived or erased when it was time.",
                                        METRIC_COUNTER, .label = "step" };

void retention_metrics(void)
{
    metric_register(&metric_retired);
}

struct run {
    struct work work;
    struct case_set cases;
    struct uuid *erased;
    size_t erased_count, done;
};

/* HANDLING_REFUSED: somebody was faster, or it is held since it was looked for. */
static int retire(struct run *x, const struct due_case *due)
{
    struct batch *b = x->work.batch;
    const struct deed deed = { .what = due->erase ? CMD_ERASE : CMD_ARCHIVE, .actor = ACTOR, .at_us = b->now_us };
    struct case_state *c = case_set_get(&x->cases, &due->id)->state;
    struct handling h = { .arena = b->arena,
                          .tenant = tenant_set_find(x->work.state->tenants, due->tenant),
                          .now_us = b->now_us,
                          .at_us = b->now_us };
    int r;

    if (!c || !h.tenant)
        return HANDLING_REFUSED;
    r = handling_apply(&h, c, &deed);
    for (size_t i = 0; r == 0 && i < h.event_count; i++)
        r = work_emit(&x->work, NULL, h.events[i].on, ACTOR, deed.at_us, h.events[i].member, h.events[i].message, NULL,
                      0);
    if (r != 0)
        return r;
    metric_add(&metric_retired, case_commands[deed.what].name, 1);
    x->done++;
    if (due->erase)
        x->erased[x->erased_count++] = c->id;
    return 0;
}

int retention_run(struct batch *b)
{
    struct run x = { .work = { .batch = b, .state = daemon_state(b->daemon) } };
    struct due_case *due = NULL;
    size_t count = 0;
    int r = tenant_set_refresh(x.work.state->tenants, b->pg);

    if (r == 0)
        r = store_find_due(b, AT_ONCE, &due, &count);
    if (r < 0 || count == 0)
        return r;
    x.erased = arena_array(b->arena, struct uuid, count);
    case_set_init(&x.cases, b->arena, count);
    for (size_t i = 0; i < count; i++)
        case_set_add(&x.cases, &due[i].id);
    r = store_load_cases(b, &x.cases);
    for (size_t i = 0; r >= 0 && i < count; i++)
        r = retire(&x, &due[i]);
    if (r >= 0)
        r = store_save_cases(b, &x.cases, &(struct case_texts){ 0 });
    if (r == 0)
        r = store_erase(b, x.erased, x.erased_count);
    if (r < 0)
        return r;
    if (x.done)
        log_info("cases put away", LOG_INT("archived", (int64_t)(x.done - x.erased_count)),
                 LOG_INT("erased", (int64_t)x.erased_count));
    return x.done && count == AT_ONCE ? 1 : 0;
}

int purge_run(struct batch *b)
{
    int64_t rows = 0, points = 0;
    int r = store_purge_points(b, &points);

    if (points)
        log_warning("points of clocks had no case for a month: forgotten", LOG_INT("points", points));
    if (r == 0)
        r = store_purge_commands(b, daemon_config(b->daemon)->dispatch.commands_kept_days, PURGE_AT_ONCE, &rows);

    return r < 0 ? r : rows == PURGE_AT_ONCE;
}
