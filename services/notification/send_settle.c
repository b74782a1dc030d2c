/* What was answered is written, and what follows from it: done, again, by another gateway, by another channel. */
#include "common/base/digest.h"
#include "fate.h"
#include "send_private.h"

struct settling {
    struct batch *batch;
    struct settlement *items;
    struct delivery_step *steps;
    struct message *more;
    struct bounced *bad;
    struct fate_digest *digests;
    size_t count, more_count, bad_count, digest_count;
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
        .is_digest = fate_is_digest(m),
    };
    if (step->bad_address && *c->composed.address_key)
        w->bad[w->bad_count++] =
            (struct bounced){ m->tenant, c->composed.address_key, c->answer.code, m->channel, s->bounced_days };
}

static int tell_fate(const struct settling *w, const struct call *c, size_t i)
{
    const struct settlement *s = &w->items[i];
    const struct fate fate = { s->answer.request_id, s->answer.parts, w->steps[i].go_on != 0 };
    struct message m = c->queued.message;

    m.state = s->state;
    m.gateway = c->gateway->name;
    m.code = s->answer.code;
    m.attempts = c->attempt;
    return fate_emit(w->batch, &m, &fate);
}

/* Of an answer that was written. */
static int follow(struct settling *w, const struct call *c, size_t i)
{
    enum notice_channel channel = w->steps[i].go_on;

    if (channel) {
        struct message m = c->queued.message;

        m.expires_us = w->items[i].expires_us;
        w->more[w->more_count++] =
            delivery_follow_up(w->batch->arena, &c->tenant->settings, &c->tenant->zone, &m, channel, w->batch->now_us);
    }
    if (w->items[i].is_digest)
        w->digests[w->digest_count++] = (struct fate_digest){ w->items[i].id, channel != 0 };
    return tell_fate(w, c, i);
}

int send_settle(struct batch *b, struct sender *s)
{
    const struct delivery_limits limits = { (int)daemon_config(b->daemon)->notification.attempts };
    size_t most = s->finished.count + 1, i = 0;
    struct settling w = { .batch = b,
                          .items = arena_array(b->arena, struct settlement, most),
                          .steps = arena_array(b->arena, struct delivery_step, most),
                          .more = arena_array(b->arena, struct message, most),
                          .bad = arena_array(b->arena, struct bounced, most),
                          .digests = arena_array(b->arena, struct fate_digest, most) };
    int r;

    for (const struct call *c = s->finished.first; c; c = c->next)
        if (!c->asks)
            settle_one(&w, c, &limits);
    r = notice_store_settle(b, w.items, w.count);
    for (const struct call *c = s->finished.first; r == 0 && c; c = c->next) {
        if (c->asks)
            continue;
        if (w.items[i].done) /* else a receipt was quicker */
            r = follow(&w, c, i);
        i++;
    }
    if (r == 0)
        r = fate_emit_told(b, w.digests, w.digest_count);
    if (r == 0)
        r = notice_store_insert(b, w.more, w.more_count);
    return r < 0 ? r : notice_store_add_bad(b, w.bad, w.bad_count);
}
