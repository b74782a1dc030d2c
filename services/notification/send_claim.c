/* What goes next: chosen by what its gateways have room for, put together, and written as sending. */
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "notice_facts.h"
#include "retold.h"
#include "send_private.h"

#define QUOTA_HOLD_US INT64_C(3600000000)
#define CONNECT_MS    5000
#define ANSWER_MAX    ((size_t)64 << 10)

/* Those under way, and as many that wait for them. */
static int room(struct batch *b, const struct sender *s)
{
    return 2 * (int)daemon_config(b->daemon)->notification.in_flight - (int)s->running - (int)s->ready.count -
           (int)s->claimed.count;
}

int send_most(const struct daemon *d, const struct sender *s, const struct gateway *g)
{
    int left = (int)daemon_config(d)->notification.in_flight - (int)s->running;

    return g->in_flight < left ? g->in_flight : left;
}

size_t send_free(struct batch *b, struct sender *s, bool askable, struct free_gateway **ret, int *ret_room)
{
    size_t tenants = notice_tenants_count(s->tenants), most = 0, count = 0;
    int64_t now_us = clock_mono_us();

    *ret = NULL;
    *ret_room = room(b, s);
    if (*ret_room <= 0)
        return 0;

    for (size_t i = 0; i < tenants; i++)
        most += notice_tenants_at(s->tenants, i)->settings.gateway_count;
    *ret = arena_array(b->arena, struct free_gateway, most + 1);
    s->turn++;
    for (size_t i = 0; i < tenants; i++) {
        const struct notice_tenant *t = notice_tenants_at(s->tenants, (i + s->turn) % tenants);

        /* without its secrets nothing can go: it waits */
        for (size_t g = 0; !*t->problem && g < t->settings.gateway_count; g++) {
            const struct gateway *gateway = &t->settings.gateways[(g + s->turn) % t->settings.gateway_count];
            int free = breaker_free(breakers_get(s->breakers, t->id, gateway->name), send_most(b->daemon, s, gateway),
                                    gateway->per_second, now_us);

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
        send_wait(s, c);
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

    if (!g || call_lives(&s->live, &q->message.id))
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

int send_claim(struct batch *b, struct sender *s)
{
    struct free_gateway *free;
    int room;
    size_t free_count = send_free(b, s, false, &free, &room), count, kept = 0;
    struct queued *queued;
    struct call **calls;
    int r = notice_store_select_queue(b, b->arena, free, free_count, room, &queued, &count);

    if (r == 0)
        r = retold_drop_queued(b, retold_reader_known(s->retold), queued, &count);
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
