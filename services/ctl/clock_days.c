#include "clock_days.h"

#include <stdio.h>
#include <string.h>

#include "calendar_print.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "ctl_sql.h"
#include "services/watchdog/clockwork.h"
#include "services/watchdog/stored.h"

static const char *text_of(struct arena *a, const struct pg_result *r, int column, size_t *ret_len)
{
    const char *text = pg_bytes(r, 0, column, ret_len);

    return arena_strndup(a, text, *ret_len);
}

static int load_case(struct ctl *c, struct pg_conn *pg, const struct named_clock *clock, struct pg_result **ret)
{
    struct pg_params p;

    pg_params_init(&p, c->arena);
    pg_param_uuid(&p, &clock->complaint);
    pg_param_text(&p, clock->policy);
    pg_param_int4(&p, clock->version);
    return pg_exec(pg, &ctl_explain_clock, &p, ret);
}

static int load_calendar(struct ctl *c, struct pg_conn *pg, const char *tenant, const char *name, int64_t start_us,
                         struct calendar *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct pg_params p;
    unsigned month, day;
    const char *text;
    size_t len;
    int e, year;

    pg_params_init(&p, c->arena);
    pg_param_text(&p, tenant);
    pg_param_text(&p, name);
    e = pg_exec(pg, &ctl_explain_calendar, &p, &r);
    if (e < 0)
        return e;
    if (pg_rows(r) == 0)
        return err_set(ERR_POISON, "calendar %s is not there", name);
    civil_from_days(start_us / DAY_US, &year, &month, &day);
    text = text_of(c->arena, r, 0, &len);
    return calendar_load_text(c->arena, name, text, len, year - 1, year + 4, ret);
}

/* Terms and pauses of the case. */
static int bind(struct ctl *c, const struct pg_result *r, const struct named_clock *clock, struct sla_terms *ret_terms,
                struct clock *ret)
{
    struct clock_case the_case = { 0 };
    struct sla_facts facts = { pg_text(r, 0, 1), pg_text(r, 0, 2), (enum sla_severity)pg_int4(r, 0, 3),
                               (enum sla_complexity)pg_int4(r, 0, 4) };
    struct sla_policy *policy = arena_new(c->arena, struct sla_policy);
    const struct sla_clock *rule;
    struct sla_bound bound;
    struct pause *pauses;
    const char *text;
    const void *bytes;
    size_t len, n = 0;
    int e;

    text = text_of(c->arena, r, 6, &len);
    e = sla_policy_load_text(c->arena, clock->policy, text, len, NULL, policy);
    if (e < 0)
        return e;
    rule = sla_clock_find(policy, clock->name);
    if (!rule || !sla_bind(policy, rule, &facts, &bound))
        return err_set(ERR_POISON, "policy %s promises nothing as %s", clock->policy, clock->name);
    bytes = pg_bytes(r, 0, 5, &len);
    pauses_read(c->arena, bytes, len, &the_case);
    pauses = arena_array(c->arena, struct pause, the_case.pause_count + 1);
    for (size_t i = 0; i < the_case.pause_count; i++)
        if (the_case.pauses[i].reason & bound.terms.pauses)
            pauses[n++] = (struct pause){ the_case.pauses[i].from_us, the_case.pauses[i].to_us };
    *ret_terms = bound.terms;
    *ret = (struct clock){ .start_us = clock->started_us, .limit = bound.terms.limit.fixed, .pauses = pauses };
    ret->pause_count = clock_pauses_merge(pauses, n, clock->started_us);
    return 0;
}

int clock_days_print(struct ctl *c, struct pg_conn *pg, const struct named_clock *clock)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct calendar *calendar = arena_new(c->arena, struct calendar);
    struct due_query *q = arena_new(c->arena, struct due_query);
    struct due_answer *answer = arena_new(c->arena, struct due_answer);
    struct sla_terms terms = { .calendar = "" };
    int e = load_case(c, pg, clock, &r);

    if (e < 0 || pg_rows(r) == 0)
        return e;
    e = bind(c, r, clock, &terms, &q->clock);
    if (e < 0 || terms.limit.kind != SLA_LIMIT_FIXED)
        return e;
    e = load_calendar(c, pg, pg_text(r, 0, 0), terms.calendar, clock->started_us, calendar);
    if (e < 0)
        return e;
    q->clock.calendar = calendar;
    q->explain = true;
    e = due_query_answer(c->arena, q, answer);
    if (e == 0)
        calendar_print_due(c, q, answer);
    return e;
}
