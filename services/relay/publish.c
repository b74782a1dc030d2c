#include "publish.h"

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/str.h"

#define IN_FLIGHT_BYTES  ((size_t)32 << 20)
#define RECORD_BYTES_MAX ((size_t)64 << 20) /* what is too large is for the topic's own limit to say */
#define ENTRY_OVERHEAD   600                /* headers and librdkafka's own, about */

static void on_delivered(void *context, void *tag, int err_class, const char *why, int32_t partition, int64_t offset)
{
    struct publisher *p = context;
    bool first_failure = err_class < 0 && !p->window.failed;
    const struct slot *slot;

    (void)partition;
    (void)offset;
    if (first_failure)
        str_copy(p->why, sizeof p->why, why);
    slot = window_settle(&p->window, (uint64_t)(uintptr_t)tag, err_class < 0 ? SLOT_FAILED : SLOT_DONE);
    p->acked_us = clock_mono_us();
    if (!slot || err_class < 0)
        return;
    tails_acknowledged(slot->partition, p->acked_us);
    metric_observe_us(p->delay, NULL, clock_wall_us() - slot->recorded_at_us);
}

void publisher_init(struct publisher *p, const struct kafka_options *o, int linger_ms, int64_t in_flight,
                    struct metric *delay)
{
    size_t size = 1;

    while (size < (size_t)in_flight)
        size *= 2;
    *p = (struct publisher){ .options = *o, .linger_ms = linger_ms, .delay = delay };
    window_init(&p->window, size, IN_FLIGHT_BYTES);
}

int publisher_open(struct publisher *p)
{
    publisher_close(p);
    p->acked_us = clock_mono_us();
    return kafka_producer_new(&p->options,
                              &(struct kafka_producer_spec){ .gapless = true,
                                                             .linger_ms = p->linger_ms,
                                                             .max_record_bytes = RECORD_BYTES_MAX,
                                                             .on_delivered = on_delivered,
                                                             .context = p },
                              &p->producer);
}

void publisher_close(struct publisher *p)
{
    kafka_producer_free(p->producer);
    p->producer = NULL;
    window_clear(&p->window);
    p->why[0] = '\0';
}

void publisher_done(struct publisher *p)
{
    publisher_close(p);
    window_done(&p->window);
}

int publisher_send(struct publisher *p, const struct message *m, int32_t partition, const struct entry *e,
                   struct tail_partition *state)
{
    struct kafka_message k = m->kafka;
    size_t bytes = k.key_len + k.value_len + ENTRY_OVERHEAD;
    int r;

    if (!window_has_room(&p->window, bytes))
        return 1;
    if (!tails_may_send(state, clock_mono_us()))
        return 1;
    if (window_count(&p->window) == 0)
        p->acked_us = clock_mono_us();
    k.partition = partition;
    k.tag = (void *)(uintptr_t)p->window.next;
    r = kafka_produce(p->producer, &k);
    if (r < 0)
        state->first_out = false; /* it did not go out */
    if (r == ERR_RETRY)
        return 1; /* the client's own queue is full */
    if (r < 0)
        return r;
    window_push(&p->window, &(struct slot){ .batch = e->batch,
                                            .ord = e->ord,
                                            .bytes = bytes,
                                            .recorded_at_us = e->recorded_at_us,
                                            .partition = state,
                                            .state = SLOT_SENT });
    return 0;
}

int publisher_skip(struct publisher *p, const struct entry *e)
{
    if (!window_has_room(&p->window, 0))
        return 1;
    window_push(&p->window, &(struct slot){ .batch = e->batch, .ord = e->ord, .state = SLOT_DONE });
    return 0;
}

int publisher_poll(struct publisher *p, int timeout_ms)
{
    int r;

    kafka_producer_poll(p->producer, timeout_ms);
    if (p->window.failed)
        return err_set(ERR_RETRY, "%s", p->why);
    r = kafka_producer_fatal(p->producer);
    if (r < 0)
        str_copy(p->why, sizeof p->why, err_text());
    return r;
}
