#include "delivery.h"

#include <string.h>

#include "routing.h"

#define SECOND_US    INT64_C(1000000)
#define MINUTE_US    (60 * SECOND_US)
#define ASK_FIRST_US MINUTE_US /* a receipt may come by itself */

int64_t delivery_pause_us(int n, unsigned random)
{
    int64_t pause_us = 5 * SECOND_US;

    while (--n > 0 && pause_us < 30 * MINUTE_US)
        pause_us *= 2;
    if (pause_us > 30 * MINUTE_US)
        pause_us = 30 * MINUTE_US;
    return pause_us - pause_us / 5 + pause_us * 2 / 5 * (int64_t)(random % 1000) / 1000;
}

/* The next channel that still has a gateway. */
static enum notice_channel next_channel(const struct notice_settings *s, const struct delivery_state *m)
{
    for (size_t i = 0; i < m->other_count; i++)
        if (routing_gateway(s, m->others[i], NULL))
            return m->others[i];
    return 0;
}

static void fail(const struct notice_settings *s, const struct delivery_state *m, struct delivery_step *ret)
{
    ret->state = MESSAGE_FAILED;
    ret->go_on = next_channel(s, m);
}

/* The same message, which certainly did not go, by the channel's next gateway; else it has failed. */
static void other_gateway(const struct notice_settings *s, const struct delivery_state *m, struct delivery_step *ret)
{
    ret->gateway = m->gateway && !m->fixed ? routing_gateway(s, m->channel, m->gateway) : NULL;
    if (!ret->gateway) {
        fail(s, m, ret);
        return;
    }
    ret->state = MESSAGE_QUEUED;
    ret->next_us = m->now_us;
}

static void again(const struct notice_settings *s, const struct zone *z, const struct delivery_state *m,
                  int64_t pause_us, struct delivery_step *ret)
{
    ret->state = MESSAGE_QUEUED;
    ret->gateway = m->gateway;
    ret->next_us = routing_not_before(s, z, m->channel, m->urgency, m->now_us + pause_us);
    if (ret->next_us >= m->expires_us)
        other_gateway(s, m, ret);
}

void delivery_next(const struct notice_settings *s, const struct zone *z, const struct delivery_limits *limits,
                   const struct delivery_state *m, const struct answer *answer, struct delivery_step *ret)
{
    int64_t pause_us = delivery_pause_us(m->attempts, m->random);

    *ret = (struct delivery_step){ 0 };
    switch (answer->class) {
    case ANSWER_ACCEPTED:
        ret->state = MESSAGE_SENT;
        break;
    case ANSWER_RETRY:
        if (m->attempts < limits->attempts)
            again(s, z, m, pause_us, ret);
        else
            other_gateway(s, m, ret);
        break;
    case ANSWER_THROTTLED: /* nothing is wrong with it: only its time counts */
        again(s, z, m, answer->retry_after_ms ? answer->retry_after_ms * 1000 : pause_us, ret);
        break;
    case ANSWER_ADDRESS:
        ret->bad_address = true;
        fail(s, m, ret);
        break;
    case ANSWER_PERMANENT:
    case ANSWER_TEMPLATE:
    case ANSWER_CREDIT:
    case ANSWER_REFUSED:
        other_gateway(s, m, ret);
        break;
    case ANSWER_UNKNOWN:
        ret->state = MESSAGE_UNKNOWN;
        ret->next_us = m->now_us + ASK_FIRST_US;
        break;
    }
}

/* Another group's chat is another group's, and a test of one gateway says nothing about the next. */
bool delivery_is_fixed(const struct message *m)
{
    return m->audience == NOTICE_TO_GROUP || strcmp(m->event, "test") == 0;
}

void delivery_reroute(const struct notice_settings *s, const struct delivery_state *m, struct delivery_step *ret)
{
    *ret = (struct delivery_step){ .gateway = m->fixed ? NULL : routing_gateway(s, m->channel, NULL) };
    if (!ret->gateway) {
        fail(s, m, ret);
        return;
    }
    ret->state = MESSAGE_QUEUED;
    ret->next_us = m->now_us;
}

void delivery_give_up_waiting(const struct notice_settings *s, const struct delivery_state *m,
                              struct delivery_step *ret)
{
    *ret = (struct delivery_step){ .state = MESSAGE_UNKNOWN };
    if (m->gateway && m->gateway->unknown_other_channel)
        ret->go_on = next_channel(s, m);
}

struct message delivery_follow_up(struct arena *a, const struct notice_settings *s, const struct zone *z,
                                  const struct message *m, enum notice_channel channel, int64_t now_us)
{
    struct message next = *m;
    char id[UUID_TEXT_SIZE];
    size_t i = 0;

    uuid_format(&m->id, id);
    next.id = message_id(m->tenant, arena_printf(a, "after:%s", id), m->template, m->recipient, channel);
    next.channel = channel;
    while (i < m->other_count && m->others[i] != channel)
        i++;
    next.other_count = 0;
    while (++i < m->other_count)
        next.others[next.other_count++] = m->others[i];
    next.gateway = routing_gateway(s, channel, NULL)->name;
    next.code = "";
    next.attempts = 0;
    next.next_us = routing_not_before(s, z, channel, m->urgency, now_us);
    next.state = next.next_us > now_us ? MESSAGE_HELD : MESSAGE_QUEUED;
    next.held = next.state == MESSAGE_HELD ? HELD_QUIET : HELD_NOT;
    return next;
}
