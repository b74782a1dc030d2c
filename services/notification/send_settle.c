/* What was answered is written, and what follows from it: done, again, by another gateway, by another channel. */
#include <string.h>

#include "common/base/digest.h"
#include "fate.h"
#include "send_private.h"

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

int send_settle(struct batch *b, struct sender *s)
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
        if (!c->asks)
            settle_one(&w, c, &limits);
    r = notice_store_settle(b, w.items, w.count);
    for (const struct call *c = s->finished.first; r == 0 && c; c = c->next) {
        if (c->asks || !w.items[i++].done)
            continue; /* a receipt was quicker */
        if (w.steps[i - 1].go_on) {
            struct message m = c->queued.message;

            m.expires_us = w.items[i - 1].expires_us;
            w.more[w.more_count++] = delivery_follow_up(b->arena, &c->tenant->settings, &c->tenant->zone, &m,
                                                        w.steps[i - 1].go_on, b->now_us);
        }
        r = tell_fate(b, c, &w.items[i - 1], w.steps[i - 1].go_on != 0);
    }
    if (r == 0)
        r = notice_store_insert(b, w.more, w.more_count);
    return r < 0 ? r : notice_store_add_bad(b, w.bad, w.bad_count);
}
