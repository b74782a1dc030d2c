#include "tails.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/str.h"

void tails_done(struct tails *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->topics[i].parts);
    *t = (struct tails){ 0 };
}

struct tail_topic *tails_find(struct tails *t, const char *topic)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->topics[i].name, topic) == 0)
            return &t->topics[i];
    return NULL;
}

struct tail_topic *tails_add(struct tails *t, const char *topic)
{
    struct tail_topic *found = tails_find(t, topic);

    if (found)
        return found;
    if (t->count == TAILS_TOPICS_MAX || strlen(topic) >= sizeof found->name)
        return NULL;
    found = &t->topics[t->count++];
    *found = (struct tail_topic){ 0 };
    str_copy(found->name, sizeof found->name, topic);
    return found;
}

static bool text(const struct kafka_record *r, const char *name, char *out, size_t size)
{
    const void *value;
    size_t len;

    if (!kafka_record_header(r, name, &value, &len) || len == 0 || len >= size)
        return false;
    memcpy(out, value, len);
    out[len] = '\0';
    return true;
}

bool tails_position(const struct kafka_record *r, struct journal_position *ret)
{
    struct journal_position p = { 0 };
    char number[24];
    int64_t ord;

    if (!text(r, "redress-epoch", p.epoch, sizeof p.epoch) || !text(r, "redress-batch", number, sizeof number) ||
        !parse_int64(number, 1, INT64_MAX, &p.batch) || !text(r, "redress-ord", number, sizeof number) ||
        !parse_int64(number, 0, INT32_MAX, &ord))
        return false;
    p.ord = (int32_t)ord;
    *ret = p;
    return true;
}

struct reading {
    struct tails *tails;
    int (*on_wait)(void *context);
    void *context;
};

static void on_topic(void *context, const char *topic, int32_t partitions)
{
    struct reading *reading = context;
    struct tail_topic *t = tails_find(reading->tails, topic);

    t->partitions = partitions;
    t->stale = false;
    free(t->parts);
    t->parts = calloc((size_t)partitions + 1, sizeof *t->parts);
    if (!t->parts)
        abort();
}

static void on_record(void *context, const struct kafka_record *r)
{
    struct reading *reading = context;
    struct tails *tails = reading->tails;
    struct tail_topic *t = tails_find(tails, r->topic);
    struct journal_position p;

    if (!tails_position(r, &p) || r->partition >= t->partitions)
        return;
    if (p.batch > tails->highest_batch)
        tails->highest_batch = p.batch;
    if (epochs_newer(tails->epochs, &p, &t->parts[r->partition].newest))
        t->parts[r->partition].newest = p;
}

static int on_wait_for_kafka(void *context)
{
    struct reading *reading = context;

    return reading->on_wait ? reading->on_wait(reading->context) : 0;
}

int tails_read(struct tails *t, const struct epochs *epochs, const struct kafka_options *o, int timeout_ms,
               int (*on_wait)(void *context), void *context)
{
    struct reading reading = { t, on_wait, context };
    const char *names[TAILS_TOPICS_MAX + 1] = { NULL };

    for (size_t i = 0; i < t->count; i++)
        names[i] = t->topics[i].name;
    t->epochs = epochs;
    t->highest_batch = 0;
    return kafka_tail_read(o, &(struct kafka_tail_spec){ .topics = names,
                                                         .records = TAILS_RECORDS,
                                                         .timeout_ms = timeout_ms,
                                                         .on_topic = on_topic,
                                                         .on_record = on_record,
                                                         .on_wait = on_wait_for_kafka,
                                                         .context = &reading });
}

/* `parts` is as long as it was: the number stays with it. */
void tails_compare(struct tail_topic *t, int32_t partitions)
{
    if (partitions != t->partitions)
        t->stale = true;
}

/* Brokers forget a producer after a day without records, or sooner where they are told so. */
#define REMEMBERED_US INT64_C(600000000)

bool tails_may_send(struct tail_partition *p, int64_t now_us)
{
    bool known = p->acked_us && now_us - p->acked_us < REMEMBERED_US;

    if (p->first_out)
        return false;
    p->first_out = !known;
    return true;
}

void tails_acknowledged(struct tail_partition *p, int64_t now_us)
{
    p->first_out = false;
    p->acked_us = now_us;
}

int64_t tails_highest_of(const struct tails *t, const char *epoch)
{
    int64_t highest = 0;

    for (size_t i = 0; i < t->count; i++)
        for (int32_t p = 0; p < t->topics[i].partitions; p++) {
            const struct journal_position *newest = &t->topics[i].parts[p].newest;

            if (strcmp(newest->epoch, epoch) == 0 && newest->batch > highest)
                highest = newest->batch;
        }
    return highest;
}
