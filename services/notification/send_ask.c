/* Asking gateways what became of messages whose answer never came: what they say is better than any policy, and the
 * only ground on which such a message is ever sent again. */
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "fate.h"
#include "send_private.h"

#define ASK_EVERY_US INT64_C(5000000)
/* A provider may list a message minutes after it took it: that it never had it is believed later than that. */
#define BELIEVED_US INT64_C(600000000)
#define CONNECT_MS  5000
#define ANSWER_MAX  ((size_t)64 << 10)

/* As read_query says. */
enum { ASKED_KNOWN = 0, ASKED_NEVER_SENT = 1, ASKED_NOTHING = 2 };

static int put_question(struct call *c, const struct asked *q, int64_t now_us)
{
    static const struct notice_facts no_texts;

    c->asks = true;
    c->attempt = q->queued.message.attempts;
    c->request_id = arena_strdup(&c->arena, q->request_id);
    /* the words do not matter, and may not render any more: the address does */
    if (compose(&c->arena, c->tenant, c->gateway, &c->queued, &no_texts, clock_wall_us(), &c->composed) ==
        COMPOSE_NO_ADDRESS)
        return 1;
    c->composed.out.sent_us = q->started_us;
    c->old_enough = now_us - q->started_us >= BELIEVED_US;
    c->transfer = (struct transfer){ .timeout_ms = c->gateway->timeout_ms,
                                     .connect_timeout_ms = CONNECT_MS,
                                     .max_answer = ANSWER_MAX };
    return c->gateway->kind->build_query(c->gateway, &c->composed.out, c->request_id, &c->arena, &c->transfer);
}

int ask_claim(struct batch *b, struct sender *s)
{
    struct free_gateway *free;
    struct asked *asked;
    size_t free_count, count;
    int r, room;

    if (clock_mono_us() - s->ask_us < ASK_EVERY_US)
        return 0;
    s->ask_us = clock_mono_us();
    free_count = send_free(b, s, true, &free, &room);
    r = notice_store_take_unknown(b, b->arena, free, free_count, room, &asked, &count);
    for (size_t i = 0; r == 0 && i < count; i++) {
        struct call *c = send_call_for(s, &asked[i].queued);

        if (!c)
            continue;
        if (put_question(c, &asked[i], b->now_us) > 0) {
            call_free(c);
            continue;
        }
        send_wait(s, c);
    }
    return r;
}

void ask_end(struct sender *s, struct call *c)
{
    c->asked = ASKED_NOTHING;
    if (c->transfer.end == TRANSFER_ANSWERED)
        c->asked = c->gateway->kind->read_query(c->gateway, &c->composed.out, &c->transfer, &c->arena, &c->receipt);
    c->breaker->in_flight--; /* a question that fails says nothing about sending */
    call_list_add(&s->heard, c);
}

/* What the message is now; MESSAGE_UNKNOWN: nothing is new. */
static enum message_state state_of(const struct call *c)
{
    static const enum message_state states[] = {
        [RECEIPT_DELIVERED] = MESSAGE_DELIVERED, [RECEIPT_FAILED] = MESSAGE_FAILED, [RECEIPT_PENDING] = MESSAGE_SENT
    };

    if (c->asked == ASKED_NEVER_SENT && !c->old_enough)
        return MESSAGE_UNKNOWN;
    if (c->asked == ASKED_NEVER_SENT)
        return MESSAGE_QUEUED; /* no blind repetition: the gateway says that it never had it */
    return c->asked == ASKED_KNOWN ? states[c->receipt.status] : MESSAGE_UNKNOWN;
}

static enum notice_channel go_on(const struct call *c)
{
    const struct message *m = &c->queued.message;

    for (size_t i = 0; state_of(c) == MESSAGE_FAILED && i < m->other_count; i++)
        if (routing_gateway(&c->tenant->settings, m->others[i], NULL))
            return m->others[i];
    return 0;
}

static int tell(struct batch *b, const struct call *c, enum notice_channel channel)
{
    struct message m = c->queued.message;

    m.state = state_of(c);
    m.code = c->asked == ASKED_KNOWN ? c->receipt.code : "";
    return fate_emit(b, &m, &(struct fate){ .request_id = c->request_id, .parts = 0, .goes_on = channel != 0 });
}

/* It asked, and was told something new. */
static bool is_news(const struct call *c)
{
    return c->asks && state_of(c) != MESSAGE_UNKNOWN;
}

int ask_settle(struct batch *b, struct sender *s)
{
    size_t most = s->finished.count + 1, count = 0, more_count = 0, i = 0;
    struct known *known = arena_array(b->arena, struct known, most);
    struct message *more = arena_array(b->arena, struct message, most);
    struct fate_digest *digests = arena_array(b->arena, struct fate_digest, most);
    size_t digest_count = 0;
    int r;

    for (const struct call *c = s->finished.first; c; c = c->next)
        if (is_news(c))
            known[count++] = (struct known){ .id = c->queued.message.id,
                                             .state = state_of(c),
                                             .code = c->asked == ASKED_KNOWN ? c->receipt.code : "never sent" };
    r = notice_store_settle_asked(b, known, count);
    for (struct call *c = s->finished.first; r == 0 && c; c = c->next) {
        enum notice_channel channel;

        if (!is_news(c) || !known[i++].done)
            continue;
        c->queued.message.expires_us = known[i - 1].expires_us;
        channel = go_on(c);
        if (channel)
            more[more_count++] = delivery_follow_up(b->arena, &c->tenant->settings, &c->tenant->zone,
                                                    &c->queued.message, channel, b->now_us);
        if (fate_is_digest(&c->queued.message))
            digests[digest_count++] = (struct fate_digest){ c->queued.message.id, channel != 0 };
        r = tell(b, c, channel);
    }
    if (r == 0)
        r = fate_emit_told(b, digests, digest_count);
    return r < 0 ? r : notice_store_insert(b, more, more_count);
}
