/* Calls of gateways: from their place among those that wait to their answer. */
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/metrics.h"
#include "send_private.h"

#define ASKED_PAUSE_MAX_US INT64_C(60000000)
#define READY_MAX_US       INT64_C(5000000) /* it is sending for everybody else: soon it must be, or go back */

static struct metric metric_attempts = { "redress_notification_attempts_total",
                                         "Attempts by gateway and by what came of them.", METRIC_COUNTER,
                                         .label = "gateway", .label2 = "class" };
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

void send_calls_metrics(void)
{
    struct metric *const shown[] = { &metric_attempts, &metric_gateway_calls, &metric_gateway_failed, &metric_latency,
                                     &metric_open,     &metric_in_flight,     &metric_parts };

    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        metric_register(shown[i]);
}

/* ---- before ---- */

void send_wait(struct sender *s, struct call *c)
{
    c->ready_us = clock_mono_us();
    breaker_begin(c->breaker, c->ready_us);
    c->breaker->waiting++;
    call_enter(&s->live, c);
    call_list_add(&s->claimed, c);
}

static void leave(struct call *c)
{
    c->breaker->waiting--;
    c->breaker->in_flight--; /* that says nothing about the gateway */
}

void send_drop(struct call *c)
{
    leave(c);
    call_free(c);
}

/* Its gateway has failed, asked for a pause or filled up since it was taken, or we are to end: it goes back, never
 * called. */
static bool is_too_late(const struct daemon *d, const struct call *c, int64_t now_us)
{
    return breaker_is_open(c->breaker, now_us) || now_us - c->ready_us > READY_MAX_US || daemon_stopping(d);
}

/* Without a call: it has an answer already, because it could not be put together, or gets one. */
static void pass_over(struct sender *s, struct call *c)
{
    if (c->asks) {
        c->breaker->waiting--;
        ask_end(s, c);
        return;
    }
    leave(c);
    if (!c->answer.class)
        c->answer = (struct answer){ .class = ANSWER_THROTTLED, .request_id = "", .code = "not called" };
    metric_add2(&metric_attempts, c->gateway->name, answer_class_names[c->answer.class - 1], 1);
    call_list_add(&s->heard, c);
}

void send_give_back(struct sender *s)
{
    struct call *c;

    while ((c = call_list_take(&s->ready)))
        pass_over(s, c);
}

static void call(struct sender *s, struct call *c)
{
    c->breaker->waiting--;
    c->transfer.user_data = c;
    s->running++;
    http_client_start(s->http, &c->transfer);
}

void send_start(struct sender *s, const struct daemon *d)
{
    int64_t now_us = clock_mono_us();
    struct call_list wait = { 0 };
    struct call *c;

    while ((c = call_list_take(&s->ready))) {
        if (c->answer.class || is_too_late(d, c, now_us))
            pass_over(s, c);
        else if (breaker_calls(c->breaker) < send_most(d, s, c->gateway))
            call(s, c);
        else
            call_list_add(&wait, c);
    }
    s->ready = wait;
    metric_set(&metric_in_flight, NULL, (int64_t)s->running);
}

/* ---- after ---- */

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

static void end_call(struct sender *s, const struct daemon *d, struct call *c)
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
    metric_add2(&metric_attempts, name, answer_class_names[c->answer.class - 1], 1);
    metric_add(&metric_gateway_calls, name, 1);
    metric_add(&metric_gateway_failed, name, failed);
    metric_add(&metric_parts, name, c->answer.parts);
    metric_observe_us(&metric_latency, name, c->transfer.took_us);
    call_list_add(&s->heard, c);
}

void send_hear(struct sender *s, const struct daemon *d)
{
    size_t before = s->running;
    struct transfer *t;

    while ((t = http_client_take(s->http))) {
        struct call *c = t->user_data;

        s->running--;
        if (!c) {
            t->next = s->tokens_heard;
            s->tokens_heard = t;
        } else if (c->asks) {
            ask_end(s, c);
        } else {
            answer_of(c->gateway, t, &c->arena, &c->answer);
            end_call(s, d, c);
        }
    }
    if (s->running < before)
        send_start(s, d);
}

void send_hear_out(struct sender *s, const struct daemon *d, int64_t most_us)
{
    int64_t end_us = clock_mono_us() + most_us, left_us;

    while (s->running > 0 && (left_us = end_us - clock_mono_us()) > 0) {
        http_client_wait(s->http, left_us < 100000 ? (int)(left_us / 1000) + 1 : 100);
        send_hear(s, d);
    }
}
