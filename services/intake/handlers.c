/* One batch of submissions: checked before the transaction, registered in it, every record answered. */
#include "handlers.h"

#include <string.h>

#include "common/base/log.h"
#include "events.h"
#include "store.h"

#define DAY_US INT64_C(86400000000)

/* Every statement of intake looks rows up by key. On a table that was never analysed the planner would guess otherwise,
 * once and for as long as the plan is kept. */
#define PLANNER                                                                                                        \
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_bitmapscan = off;"    \
    " SET jit = off; SET plan_cache_mode = force_generic_plan"

/* ---- tenants ---- */

static void log_change(const struct tenant *t, const struct tenant *before)
{
    const char *was = before ? before->problem : "";

    if (strcmp(t->problem, was) == 0)
        return;
    if (*t->problem)
        log_error("nothing of this tenant can be taken: its submissions are set aside", LOG_STR("tenant", t->id),
                  LOG_STR("why", t->problem));
    else
        log_info("this tenant is served again: what was set aside waits for redressctl dead-letters retry",
                 LOG_STR("tenant", t->id));
}

/* Takes them over. Each change of what is wrong with one is told once. */
static void take_tenants(struct daemon *d, struct tenants *fresh)
{
    struct tenants *before = daemon_state(d);
    struct strbuf why;
    struct arena a;

    arena_init(&a, 0);
    strbuf_init(&why, &a);
    strbuf_adds(&why, "");
    for (const struct tenant *t = tenants_next(fresh, NULL); t; t = tenants_next(fresh, t)) {
        log_change(t, before ? tenants_find(before, t->id) : NULL);
        if (*t->problem)
            strbuf_printf(&why, "%stenant %s: %s", why.len ? "; " : "", t->id, t->problem);
    }
    daemon_condition(d, "tenants", why.data);
    arena_done(&a);
    tenants_free(before);
    daemon_set_state(d, fresh);
}

static int load_tenants(struct daemon *d)
{
    struct tenants *fresh;
    int r = store_load_tenants(daemon_pg(d), daemon_master_key(d), &fresh);

    if (r == 0)
        take_tenants(d, fresh);
    return r;
}

/* No snapshot is needed: what changes while this reads has a newer revision, and is read again before the next batch.
 */
int intake_look_again(struct batch *b)
{
    struct tenants *fresh;
    int r;

    if (!tenants_any_broken(daemon_state(b->daemon)))
        return 0;
    r = store_read_tenants(b->pg, daemon_master_key(b->daemon), &fresh);
    if (r == 0)
        take_tenants(b->daemon, fresh);
    return r;
}

int intake_on_start(struct daemon *d)
{
    int r = pg_script(daemon_pg(d), PLANNER);

    return r < 0 ? r : load_tenants(d);
}

void intake_on_stop(struct daemon *d)
{
    tenants_free(daemon_state(d));
    daemon_set_state(d, NULL);
}

/* ---- one batch ---- */

/* What a submission leaves out may stand with the complaint that it was split from (R7). */
static int begin(struct batch *b)
{
    struct named_origin *origins = arena_array(b->arena, struct named_origin, (size_t)b->count + 1);
    size_t count = 0;

    BATCH_FOREACH (b, rec) {
        struct submission *s = arena_new(b->arena, struct submission);
        const struct tenant *tenant;

        rec->user = s;
        s->message = (const Redress__V1__Submission *)rec->message;
        s->cause = rec;
        tenant = tenants_find(daemon_state(b->daemon), s->message->tenant);
        if (!tenant || *tenant->problem || !*s->message->split_from)
            continue;
        origins[count] = (struct named_origin){ .tenant = tenant, .number = s->message->split_from };
        s->origin = &origins[count++].origin;
    }
    return store_find_origins(b, origins, count);
}

static void check_record(struct batch *b, struct record *rec, int64_t now_us)
{
    struct validation v = {
        .tenants = daemon_state(b->daemon),
        .now_us = now_us,
        .max_age_us = daemon_config(b->daemon)->intake.max_age_days * DAY_US,
    };
    struct submission *s = rec->user;

    if (s->origin)
        origin_take_over(b->arena, s->origin, (Redress__V1__Submission *)rec->message);
    submission_check(s, b->arena, &v);
}

int intake_on_prepare(struct batch *b)
{
    int64_t revision, now_us;
    int r = store_tenant_revision(b->pg, &revision, &now_us);

    if (r == 0 && revision != tenants_revision(daemon_state(b->daemon)))
        r = load_tenants(b->daemon);
    if (r == 0)
        r = begin(b);
    if (r < 0)
        return r;
    BATCH_FOREACH (b, rec)
        check_record(b, rec, now_us);
    return 0;
}

/* Neither registered nor refused: its sender hears of it when it has come again, after the tenant was put right. */
static bool must_wait(const struct submission *s)
{
    return s->tenant && *s->tenant->problem;
}

static void set_aside(struct batch *b, const struct submission *s)
{
    const Redress__V1__Submission *m = s->message;
    struct outcome_address to = outcome_address_of(b->arena, s->cause, m->tenant, m->source, m->source_event_id);

    batch_dead_letter(
        b, s->cause, "tenant_broken",
        arena_printf(b->arena, "nothing of tenant %s can be taken now: %s", s->tenant->id, s->tenant->problem),
        s->tenant->id, to.source, to.source_event_id);
}

/* An answer to each; what names no sender becomes a dead letter, so that it is seen by somebody. */
static int answer(struct batch *b, const struct submission *s)
{
    const Redress__V1__Submission *m = s->message;
    struct outcome_address to = outcome_address_of(b->arena, s->cause, m->tenant, m->source, m->source_event_id);

    if (outcome_is_answerable(&to))
        return events_outcome(b, s, &to);
    outcome_unanswerable(b, s->cause, &to, s->problems.items);
    return 0;
}

/* The runtime has set it aside; its sender is told if the headers name him. */
static int answer_undecodable(struct batch *b, const struct record *rec)
{
    struct outcome_address to = outcome_address_of(b->arena, rec, NULL, NULL, NULL);
    const struct tenant *tenant = tenants_find(daemon_state(b->daemon), to.tenant);

    if (!outcome_is_answerable(&to))
        return 0;
    return outcome_reject(b, "", rec, &to, tenant ? tenant->id : "", &rec->problem, 1);
}

/* The day may have changed since the tenants were read. */
static int refresh_days(struct batch *b)
{
    struct tenants *set = daemon_state(b->daemon);

    return b->now_us < tenants_day_ends_us(set) ? 0 : store_load_days(b->pg, set);
}

int intake_on_batch(struct batch *b)
{
    struct submission **items = arena_array(b->arena, struct submission *, (size_t)b->count);
    size_t count = 0;
    int r = refresh_days(b);

    if (r < 0)
        return r;
    BATCH_FOREACH (b, rec) {
        struct submission *s = rec->user; /* on_prepare came before, with the same tenants */

        if (must_wait(s))
            set_aside(b, s);
        else
            items[count++] = s;
    }
    r = submissions_register(b, items, count);
    for (int i = 0; r == 0 && i < b->count; i++) {
        struct record *rec = &b->records[i];
        if (rec->state == RECORD_READY && !must_wait(rec->user))
            r = answer(b, rec->user);
        else if (rec->state == RECORD_UNDECODABLE)
            r = answer_undecodable(b, rec);
    }
    return r;
}
