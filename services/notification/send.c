#include "send.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "fate.h"
#include "notice_facts.h"
#include "notification_sql.h"
#include "send_private.h"

/* Rows are looked up by key, one by one, whatever the tables' statistics say: a plan that is made while they are empty
 * must not read all of them later on. And each but once: nothing is worth remembering. */
#define SESSION                                                                                                        \
    "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;"    \
    " SET enable_memoize = off; SET jit = off; SET plan_cache_mode = force_generic_plan"

#define ASKED_PAUSE_MAX_US INT64_C(60000000)
#define IDLE_MS            50 /* how long a new message may lie at most before somebody looks */
#define BUSY_MS            2  /* the same where one has just gone: where one is there are more */
#define GATHER_US          10000
#define SETTINGS_US        INT64_C(1000000)
#define DRAIN_US           INT64_C(70000000) /* longer than any call takes */
#define QUOTA_HOLD_US      INT64_C(3600000000)
#define CONNECT_MS         5000
#define LAST_TRIES         3 /* to write the last answers */
#define ANSWER_MAX         ((size_t)64 << 10)

static struct metric metric_attempts = { "redress_notification_attempts_total",
                                         "Calls of gateways, by what came of them.", METRIC_COUNTER, .label = "class" };
static struct metric metric_gateway_calls = { "redress_notification_gateway_calls_total", "Calls, by gateway.",
                                              METRIC_COUNTER, .label = "gateway" };
static struct metric metric_gateway_failed = { "redress_notification_gateway_failures_total",
                                               "Calls that the gateway could not do, by gateway.", METRIC_COUNTER,
                                               .label = "gateway" };
static struct metric metric_latency = { "redress_notification_call_seconds", "How long calls took, by gateway.",
                                        METRIC_HISTOGRAM, .label = "gateway" };
static struct metric metric_open = { "redress_notification_breaker_open",
                                     "Tenants' gateways of this name that get no calls.", METRIC_GAUGE,
                                     .label = "gateway" };
static struct metric metric_in_flight = { "redress_notification_in_flight", "Calls under way.", METRIC_GAUGE,
                                          .label = NULL };
static struct metric metric_parts = { "redress_notification_parts_total", "Parts that are paid for, by gateway.",
                                      METRIC_COUNTER, .label = "gateway" };

/* ---- calls ---- */

/* Of the gateway's own doing: that it refuses one message is none. */
static bool is_failure(enum answer_class class)
{
    return class == ANSWER_RETRY || class == ANSWER_UNKNOWN || class == ANSWER_REFUSED || class == ANSWER_CREDIT;
}

/* "Come again in a day" is for the message; nobody knows of a gateway for more than minutes. */
static int64_t pause_asked_us(const struct answer *a)
{
    int64_t us = a->retry_after_ms * 1000;

    return us < ASKED_PAUSE_MAX_US ? us : ASKED_PAUSE_MAX_US;
}

static void end_call(struct sender *s, struct daemon *d, struct call *c)
{
    const char *name = c->gateway->name;
    bool failed = is_failure(c->answer.class);
    bool stale = c->gateway->kind->token_is_stale && c->gateway->kind->token_is_stale(&c->answer);
    int64_t now_us = clock_mono_us();

    if (stale)
        tokens_drop(s->tokens, c->tenant, c->gateway);
    if (breaker_end(c->breaker, failed && !stale, (int)daemon_config(d)->notification.breaker_failures, now_us))
        log_error("gateway gets no calls for a while", LOG_STR("tenant", c->tenant->id), LOG_STR("gateway", name),
                  LOG_STR("code", c->answer.code));
    if (c->answer.class == ANSWER_THROTTLED && c->answer.retry_after_ms > 0)
        breaker_put_off(c->breaker, now_us + pause_asked_us(&c->answer));
    metric_set(&metric_open, name, breakers_open(s->breakers, name, now_us));
    metric_add(&metric_attempts, answer_class_names[c->answer.class - 1], 1);
    metric_add(&metric_gateway_calls, name, 1);
    metric_add(&metric_gateway_failed, name, failed);
    metric_add(&metric_parts, name, c->answer.parts);
    metric_observe_us(&metric_latency, name, c->transfer.took_us);
    call_list_add(&s->finished, c);
}

/* A message that cannot even be put together has its answer already. */
static void start_calls(struct sender *s)
{
    struct call *c;

    while ((c = call_list_take(&s->begun))) {
        if (c->answer.class) {
            c->breaker->in_flight--; /* that says nothing about the gateway */
            metric_add(&metric_attempts, answer_class_names[c->answer.class - 1], 1);
            call_list_add(&s->finished, c);
            continue;
        }
        c->transfer.user_data = c;
        s->running++;
        http_client_start(s->http, &c->transfer);
    }
    metric_set(&metric_in_flight, NULL, (int64_t)s->running);
}

static void take_answers(struct sender *s, struct daemon *d)
{
    struct transfer *t;

    while ((t = http_client_take(s->http))) {
        struct call *c = t->user_data;

        s->running--;
        if (tokens_take(s->tokens, s->tenants, t)) {
            s->token_calls--;
            continue;
        }
        if (c->asks) {
            ask_end(s, c);
            continue;
        }
        answer_of(c->gateway, t, &c->arena, &c->answer);
        end_call(s, d, c);
    }
}

static void drop_calls(struct call_list *l)
{
    struct call *c;

    while ((c = call_list_take(l))) {
        c->breaker->in_flight--;
        call_free(c);
    }
}

/* What is under way must be heard to its end: what is not heard is unknown for ever. */
static void drain(struct sender *s, struct daemon *d)
{
    int64_t end_us = clock_mono_us() + DRAIN_US;

    while (s->running > 0 && clock_mono_us() < end_us) {
        http_client_wait(s->http, 100);
        take_answers(s, d);
    }
}

/* ---- answers ---- */

struct settling {
    struct batch *batch;
    struct settlement *items;
    struct delivery_step *steps;
    struct message *more;
    struct bounced *bad;
    size_t count, more_count, bad_count;
};

static void settle_one(struct settling *w, const struct call *c, const struct delivery_limits *limits)
{
    const struct message *m = &c->queued.message;
    const struct notice_settings *s = &c->tenant->settings;
    struct delivery_state state = {
        .channel = m->channel,
        .others = m->others,
        .other_count = m->other_count,
        .urgency = m->urgency,
        .gateway = c->gateway,
        .fixed = delivery_is_fixed(m),
        .attempts = c->attempt,
        .expires_us = m->expires_us,
        .now_us = w->batch->now_us,
    };
    struct delivery_step *step = &w->steps[w->count];

    random_bytes(&state.random, sizeof state.random);
    delivery_next(s, &c->tenant->zone, limits, &state, &c->answer, step);
    w->items[w->count++] = (struct settlement){
        .id = m->id,
        .attempt = c->attempt,
        .answer = c->answer,
        .took_us = c->transfer.took_us,
        .state = step->state,
        .gateway = step->gateway ? step->gateway->name : c->gateway->name,
        .next_us = step->next_us ? step->next_us : w->batch->now_us,
        .is_digest = strcmp(m->event, "digest") == 0,
    };
    if (step->bad_address && *c->composed.address_key)
        w->bad[w->bad_count++] =
            (struct bounced){ m->tenant, c->composed.address_key, c->answer.code, m->channel, s->bounced_days };
}

static int tell_fate(struct batch *b, const struct call *c, const struct settlement *s, bool goes_on)
{
    const struct fate fate = { s->answer.request_id, s->answer.parts, goes_on };
    struct message m = c->queued.message;

    m.state = s->state;
    m.gateway = c->gateway->name;
    m.code = s->answer.code;
    m.attempts = c->attempt;
    return fate_emit(b, &m, &fate);
}

static int settle(struct batch *b, struct sender *s)
{
    const struct config *config = daemon_config(b->daemon);
    const struct delivery_limits limits = { (int)config->notification.attempts };
    size_t most = s->finished.count + 1, i = 0;
    struct settling w = { .batch = b,
                          .items = arena_array(b->arena, struct settlement, most),
                          .steps = arena_array(b->arena, struct delivery_step, most),
                          .more = arena_array(b->arena, struct message, most),
                          .bad = arena_array(b->arena, struct bounced, most) };
    int r;

    for (const struct call *c = s->finished.first; c; c = c->next)
        settle_one(&w, c, &limits);
    r = notice_store_settle(b, w.items, w.count);
    for (const struct call *c = s->finished.first; r == 0 && c; c = c->next, i++) {
        if (!w.items[i].done)
            continue; /* a receipt was quicker */
        if (w.steps[i].go_on) {
            struct message m = c->queued.message;

            m.expires_us = w.items[i].expires_us;
            w.more[w.more_count++] =
                delivery_follow_up(b->arena, &c->tenant->settings, &c->tenant->zone, &m, w.steps[i].go_on, b->now_us);
        }
        r = tell_fate(b, c, &w.items[i], w.steps[i].go_on != 0);
    }
    if (r == 0)
        r = notice_store_insert(b, w.more, w.more_count);
    return r < 0 ? r : notice_store_add_bad(b, w.bad, w.bad_count);
}

/* ---- what goes next ---- */

int send_room(struct batch *b, const struct sender *s)
{
    return (int)daemon_config(b->daemon)->notification.in_flight - (int)s->running - (int)s->begun.count;
}

/* Of what is left to all of them a gateway gets no more than leaves as much to the others as it has itself: one that
 * hangs keeps half of the places at most, and the second one half of that half. */
static int free_of(struct breaker *b, const struct gateway *g, int left, int64_t now_us)
{
    int free = breaker_free(b, g->in_flight, g->per_second, now_us), share = left - b->in_flight;

    return free < share ? free : share;
}

size_t send_free(struct batch *b, struct sender *s, bool askable, struct free_gateway **ret)
{
    size_t tenants = notice_tenants_count(s->tenants), most = 0, count = 0;
    int64_t now_us = clock_mono_us();
    int left = send_room(b, s);

    for (size_t i = 0; i < tenants; i++)
        most += notice_tenants_at(s->tenants, i)->settings.gateway_count;
    *ret = arena_array(b->arena, struct free_gateway, most + 1);
    s->turn++;
    for (size_t i = 0; i < tenants && left > 0; i++) {
        const struct notice_tenant *t = notice_tenants_at(s->tenants, (i + s->turn) % tenants);

        /* without its secrets nothing can go: it waits */
        for (size_t g = 0; !*t->problem && g < t->settings.gateway_count && left > 0; g++) {
            const struct gateway *gateway = &t->settings.gateways[(g + s->turn) % t->settings.gateway_count];
            int free = free_of(breakers_get(s->breakers, t->id, gateway->name), gateway, left, now_us);

            if (free > 0 && (!askable || gateway->kind->build_query) && tokens_get(s->tokens, t, gateway))
                (*ret)[count++] = (struct free_gateway){ t->id, gateway->name, free };
        }
    }
    return count;
}

/* Its own words and address, read when it goes: nothing personal is kept with the message. */
static int put_together(struct batch *b, struct sender *s, struct call *c)
{
    struct notice_facts texts;
    enum compose_outcome outcome;
    int r = 0;

    notice_facts_init(&texts);
    if (compose_wants_texts(c->tenant, &c->queued.message))
        r = notice_store_load_texts(b->pg, &c->arena, &c->queued.message.complaint, c->queued.message.version, &texts);
    if (r < 0)
        return r;
    outcome = compose(&c->arena, c->tenant, c->gateway, &c->queued, &texts, clock_wall_us(), &c->composed);
    if (outcome == COMPOSE_DONE) {
        c->composed.out.token = tokens_get(s->tokens, c->tenant, c->gateway);
        c->transfer = (struct transfer){ .timeout_ms = c->gateway->timeout_ms,
                                         .connect_timeout_ms = CONNECT_MS,
                                         .max_answer = ANSWER_MAX };
        if (c->gateway->kind->build(c->gateway, &c->composed.out, &c->arena, &c->transfer, &c->composed.why) == 0)
            return 0;
    }
    if (outcome != COMPOSE_NO_ADDRESS)
        log_error("message cannot be put together: nothing is sent", LOG_STR("tenant", c->tenant->id),
                  LOG_STR("gateway", c->gateway->name), LOG_STR("template", c->queued.message.template),
                  LOG_STR("why", c->composed.why));
    c->answer = (struct answer){ .class = ANSWER_PERMANENT, .request_id = "", .code = c->composed.why };
    return 0;
}

/* What waited into the night waits for the morning, and what a quota does not allow for an hour. */
static bool is_held_back(const struct batch *b, const struct call *c, bool over, struct hold *ret)
{
    const struct message *m = &c->queued.message;
    int64_t from_us = routing_not_before(&c->tenant->settings, &c->tenant->zone, m->channel, m->urgency, b->now_us);

    if (from_us > b->now_us)
        *ret = (struct hold){ m->id, HELD_QUIET, from_us };
    else if (over)
        *ret = (struct hold){ m->id, HELD_QUOTA, b->now_us + QUOTA_HOLD_US };
    return over || from_us > b->now_us;
}

static int save_begun(struct batch *b, struct sender *s, struct call **calls, size_t count)
{
    struct begun *begun = arena_array(b->arena, struct begun, count + 1);
    struct hold *holds = arena_array(b->arena, struct hold, count + 1);
    struct quota *used = arena_array(b->arena, struct quota, 2 * count + 1);
    bool *over = arena_array(b->arena, bool, count + 1);
    size_t begun_count = 0, hold_count = 0, used_count = 0;
    int r = quota_check(b, calls, count, over);

    for (size_t i = 0; i < count; i++) {
        struct call *c = calls[i];

        if (is_held_back(b, c, over[i], &holds[hold_count])) {
            hold_count++;
            call_free(c);
            continue;
        }
        if (quota_counts(c)) {
            quota_of(used, &used_count, c->tenant->id, c->composed.address_key)->used++;
            quota_of(used, &used_count, c->tenant->id, "")->used++;
        }
        begun[begun_count++] =
            (struct begun){ c->queued.message.id, c->attempt, c->gateway->name, c->composed.address_key };
        breaker_begin(c->breaker, clock_mono_us());
        call_list_add(&s->begun, c);
    }
    if (r == 0)
        r = notice_store_begin(b, begun, begun_count, used, used_count);
    return r < 0 ? r : notice_store_hold(b, holds, hold_count);
}

struct call *send_call_for(struct sender *s, const struct queued *q)
{
    const struct notice_tenant *t = notice_tenants_find(s->tenants, q->message.tenant);
    const struct gateway *g = t ? notice_gateway(&t->settings, q->message.gateway) : NULL;
    struct call *c;

    if (!g)
        return NULL;
    c = call_new();
    queued_copy(&c->arena, q, &c->queued);
    c->tenants = notice_tenants_hold(s->tenants);
    c->tenant = t;
    c->gateway = g;
    c->breaker = breakers_get(s->breakers, t->id, g->name);
    c->attempt = q->message.attempts + 1;
    return c;
}

static int claim(struct batch *b, struct sender *s)
{
    struct free_gateway *free;
    size_t free_count = send_free(b, s, false, &free), count, kept = 0;
    struct queued *queued;
    struct call **calls;
    int r = notice_store_select_queue(b, b->arena, free, free_count, send_room(b, s), &queued, &count);

    if (r < 0 || count == 0)
        return r;
    calls = arena_array(b->arena, struct call *, count);
    for (size_t i = 0; r == 0 && i < count; i++) {
        struct call *c = send_call_for(s, &queued[i]);

        if (!c)
            continue;
        calls[kept++] = c;
        r = put_together(b, s, c);
    }
    if (r == 0)
        return save_begun(b, s, calls, kept);
    for (size_t i = 0; i < kept; i++)
        call_free(calls[i]);
    return r;
}

/* One transaction: what was answered, and what goes next. */
static int exchange(struct batch *b)
{
    struct sender *s = daemon_state(b->daemon);
    bool more = !s->changed && !s->careful && !daemon_stopping(b->daemon);
    int r = s->finished.count ? settle(b, s) : 0;

    if (r == 0)
        r = ask_settle(b, s);
    if (r == 0)
        r = tokens_share(b, s->tokens, s->tenants);
    if (r == 0)
        r = mailboxes_save(s->mailboxes, b->pg, b->arena, b->now_us);
    if (r == 0 && more)
        r = claim(b, s);
    if (r == 0 && more)
        r = ask_claim(b, s);
    return r;
}

/* ---- the loop ---- */

/* Calls under way keep the settings that they began with: one that hangs holds up nobody. */
static int read_settings(struct sender *s, struct daemon *d)
{
    struct notice_tenants *fresh = notice_tenants_new();
    int r = notice_tenants_refresh(fresh, daemon_pg(d), daemon_master_key(d));

    if (r < 0) {
        notice_tenants_free(fresh);
        return r;
    }
    notice_tenants_free(s->tenants);
    s->tenants = fresh;
    s->changed = false;
    return 0;
}

static int refresh(struct sender *s, struct daemon *d)
{
    int r;

    if (clock_mono_us() - s->settings_us > SETTINGS_US) {
        r = notice_tenants_changed(s->tenants, daemon_pg(d));
        if (r < 0)
            return r;
        s->changed = r > 0;
        s->settings_us = clock_mono_us();
    }
    return s->changed && !s->token_calls ? read_settings(s, d) : 0;
}

/* What was answered and what came back is written. */
static void settled(struct sender *s)
{
    struct call *c;

    while ((c = call_list_take(&s->finished)) || (c = call_list_take(&s->asked)))
        call_free(c);
    mailboxes_saved(s->mailboxes);
    while ((c = call_list_take(&s->put_off)))
        call_list_add(&s->finished, c);
    s->careful = s->finished.count > 0;
}

static int transact(struct sender *s, struct daemon *d)
{
    static const struct daemon_timer timer = { .name = "send", .run = exchange };
    int r = daemon_transact(d, &timer);

    if (r == ERR_UNCERTAIN)
        s->uncertain = s->begun.count > 0; /* answers are written again: what stands already is left as it is */
    else if (r < 0)
        drop_calls(&s->begun);
    if (r == ERR_POISON)
        send_set_aside(s);
    if (r == 0)
        settled(s);
    return r;
}

/* Answers come in swarms: while they keep coming they are gathered, to be written in one transaction. */
static void gather_answers(struct sender *s, struct daemon *d)
{
    int64_t end_us = clock_mono_us() + GATHER_US;
    size_t before = 0;

    while (s->finished.count > before && s->running > 0 && clock_mono_us() < end_us) {
        before = s->finished.count;
        http_client_wait(s->http, 1);
        take_answers(s, d);
    }
}

static int step(struct daemon *d, int wait_ms)
{
    struct sender *s = daemon_state(d);
    int r = s->uncertain ? send_resolve(s, d) : 0;
    size_t tokens;

    if (r == 0)
        r = refresh(s, d);
    if (r == 0 && !s->begun.count)
        r = transact(s, d);
    if (r < 0)
        return r;
    s->idle_ms = s->begun.count ? BUSY_MS : s->idle_ms * 2 < IDLE_MS ? s->idle_ms * 2 : IDLE_MS;
    start_calls(s);
    tokens = tokens_fetch(s->tokens, s->tenants, s->http);
    s->running += tokens;
    s->token_calls += tokens;
    mailboxes_step(s->mailboxes, s->tenants, !daemon_stopping(d));
    if (!s->finished.count && !s->asked.count)
        http_client_wait(s->http, wait_ms < s->idle_ms ? wait_ms : s->idle_ms);
    take_answers(s, d);
    gather_answers(s, d);
    return 0;
}

static int on_start(struct daemon *d)
{
    struct sender *s = daemon_state(d);
    struct metric *const shown[] = { &metric_attempts, &metric_gateway_calls, &metric_gateway_failed, &metric_latency,
                                     &metric_open,     &metric_in_flight,     &metric_parts };

    if (!s) {
        s = calloc(1, sizeof *s);
        if (!s)
            abort();
        s->tenants = notice_tenants_new();
        s->http = http_client_new((int)daemon_config(d)->notification.in_flight);
        s->breakers = breakers_new();
        s->tokens = tokens_new();
        s->mailboxes = mailboxes_new();
        s->changed = true;
        s->idle_ms = IDLE_MS;
        call_list_init(&s->begun);
        call_list_init(&s->finished);
        call_list_init(&s->put_off);
        call_list_init(&s->asked);
        daemon_set_state(d, s);
        for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
            metric_register(shown[i]);
    }
    return pg_script(daemon_pg(d), SESSION);
}

/* The connection is gone; the calls are not. */
static void on_stop(struct daemon *d)
{
    struct sender *s = daemon_state(d);

    if (s)
        drain(s, d);
}

/* The last answers are written, if PostgreSQL is there; what is not written is unknown, and a receipt may settle it. */
static void on_end(struct daemon *d)
{
    struct sender *s = daemon_state(d);

    if (!s)
        return;
    drain(s, d);
    for (int tries = 0; tries < LAST_TRIES && s->finished.count && pg_connected(daemon_pg(d)); tries++)
        if (transact(s, d) < 0)
            log_warning("answers could not be written", LOG_INT("answers", (int64_t)s->finished.count),
                        LOG_STR("why", err_text()));
    drop_calls(&s->begun);
    drop_calls(&s->finished);
    drop_calls(&s->put_off);
    drop_calls(&s->asked);
    http_client_free(s->http);
    breakers_free(s->breakers);
    tokens_free(s->tokens);
    mailboxes_free(s->mailboxes);
    notice_tenants_free(s->tenants);
    free(s);
    daemon_set_state(d, NULL);
}

const struct daemon_spec send_spec = {
    .name = "notification",
    .part = "send",
    .summary = "sends what is queued",
    .on_start = on_start,
    .on_stop = on_stop,
    .on_step = step,
    .on_end = on_end,
    .statements = notification_statements,
    .migrations = notification_migrations,
    .needs_master_key = true,
};
