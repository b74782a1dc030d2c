#include "tail.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"

#define STEP_MS 500 /* between two calls of on_wait */

struct tail_reader {
    const struct kafka_tail_spec *spec;
    rd_kafka_t *rk;
    const char *prefix;
    rd_kafka_topic_partition_list_t *list; /* what is read; opaque of each: the topic's logical name */
    int64_t *ends;                         /* of each of the list; -1: done */
    int left;                              /* partitions that are not read to their end */
};

static int open_reader(const struct kafka_options *o, struct tail_reader *t)
{
    static const char *const settings[][2] = {
        { "group.id", "redress-tail" }, /* demanded by librdkafka; nothing joins or commits */
        { "enable.auto.commit", "false" },   { "enable.auto.offset.store", "false" },
        { "auto.offset.reset", "earliest" }, /* retention may pass us by between the question and the read */
        { "enable.partition.eof", "true" },  { "queued.max.messages.kbytes", "16384" },
        { "fetch.error.backoff.ms", "100" },
    };
    kafka_conf *conf;
    char why[256];

    if (kafka_conf_make(o, &conf) < 0)
        return ERR_FATAL;
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (kafka_conf_put(conf, settings[i][0], settings[i][1]) < 0) {
            rd_kafka_conf_destroy(conf);
            return ERR_FATAL;
        }
    t->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (!t->rk) {
        rd_kafka_conf_destroy(conf);
        return err_set(ERR_FATAL, "kafka consumer: %s", why);
    }
    rd_kafka_poll_set_consumer(t->rk);
    return 0;
}

/* Number of partitions of each topic, and a place in the list for each partition. */
static int add_topic(struct tail_reader *t, const char *topic)
{
    const struct rd_kafka_metadata *m = NULL;
    char name[256];
    rd_kafka_topic_t *rkt;
    rd_kafka_resp_err_t e;
    int n = 0;

    snprintf(name, sizeof name, "%s%s", t->prefix, topic);
    rkt = rd_kafka_topic_new(t->rk, name, NULL);
    if (!rkt)
        return err_set(ERR_FATAL, "kafka: %s is no name for a topic", name);
    e = rd_kafka_metadata(t->rk, 0, rkt, &m, t->spec->timeout_ms);
    if (e == 0 && m->topic_cnt == 1) {
        if (m->topics[0].err && m->topics[0].err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
            e = m->topics[0].err;
        else if (!m->topics[0].err)
            n = m->topics[0].partition_cnt;
    }
    if (m)
        rd_kafka_metadata_destroy(m);
    rd_kafka_topic_destroy(rkt);
    if (e)
        return err_set(ERR_RETRY, "kafka: no answer about topic %s: %s", name, rd_kafka_err2str(e));
    for (int32_t p = 0; p < n; p++)
        rd_kafka_topic_partition_list_add(t->list, name, p)->opaque = (void *)topic;
    if (t->spec->on_topic)
        t->spec->on_topic(t->spec->context, topic, n);
    return 0;
}

static int waited(struct tail_reader *t)
{
    return t->spec->on_wait ? t->spec->on_wait(t->spec->context) : 0;
}

/* Where to start and where to stop. */
static int ask_for_ends(struct tail_reader *t)
{
    t->ends = calloc((size_t)t->list->cnt + 1, sizeof *t->ends);
    if (!t->ends)
        abort();
    for (int i = 0; i < t->list->cnt; i++) {
        rd_kafka_topic_partition_t *p = &t->list->elems[i];
        int64_t low, high;
        rd_kafka_resp_err_t e =
            rd_kafka_query_watermark_offsets(t->rk, p->topic, p->partition, &low, &high, t->spec->timeout_ms);

        if (e)
            return err_set(ERR_RETRY, "kafka: no answer about the end of %s[%d]: %s", p->topic, p->partition,
                           rd_kafka_err2str(e));
        p->offset = high - low > t->spec->records ? high - t->spec->records : low;
        t->ends[i] = p->offset < high ? high : -1;
        t->left += t->ends[i] >= 0;
        if (i % 16 == 15 && waited(t) < 0)
            return ERR_RETRY;
    }
    return 0;
}

static int find(const struct tail_reader *t, const char *topic, int32_t partition)
{
    for (int i = 0; i < t->list->cnt; i++)
        if (t->list->elems[i].partition == partition && strcmp(t->list->elems[i].topic, topic) == 0)
            return i;
    return -1;
}

static void reached(struct tail_reader *t, int i, int64_t next)
{
    if (i < 0 || t->ends[i] < 0 || next < t->ends[i])
        return;
    t->ends[i] = -1;
    t->left--;
}

/* 1: progress; 0: an event without meaning; < 0: an error that will not pass here. */
static int take(struct tail_reader *t, rd_kafka_message_t *m, int *last)
{
    int64_t ms = 0;
    rd_kafka_timestamp_type_t type;

    if (m->err && m->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return 0; /* broker down, leader moving: librdkafka goes on; our deadline bounds it */
    if (*last < 0 || t->list->elems[*last].partition != m->partition ||
        strcmp(t->list->elems[*last].topic, rd_kafka_topic_name(m->rkt)) != 0)
        *last = find(t, rd_kafka_topic_name(m->rkt), m->partition);
    if (*last < 0)
        return 0;
    if (m->err) {
        reached(t, *last, INT64_MAX);
        return 1;
    }
    ms = rd_kafka_message_timestamp(m, &type);
    t->spec->on_record(t->spec->context, &(struct kafka_record){
                                             .topic = t->list->elems[*last].opaque,
                                             .partition = m->partition,
                                             .offset = m->offset,
                                             .timestamp_us = ms > 0 ? ms * 1000 : 0,
                                             .key = m->key,
                                             .key_len = m->key_len,
                                             .value = m->payload,
                                             .value_len = m->len,
                                             .message = m,
                                         });
    reached(t, *last, m->offset + 1);
    return 1;
}

static int read_records(struct tail_reader *t)
{
    int64_t deadline = clock_mono_us() + (int64_t)t->spec->timeout_ms * 1000, asked = clock_mono_us();
    rd_kafka_resp_err_t e = rd_kafka_assign(t->rk, t->list);
    int last = -1, r;

    if (e)
        return err_set(ERR_RETRY, "kafka: cannot assign: %s", rd_kafka_err2str(e));
    while (t->left > 0) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(t->rk, STEP_MS);
        int64_t now = clock_mono_us();

        if (m && take(t, m, &last) > 0)
            deadline = now + (int64_t)t->spec->timeout_ms * 1000;
        if (m)
            rd_kafka_message_destroy(m);
        if (now > deadline)
            return err_set(ERR_RETRY, "kafka: %d partitions could not be read to their end in time", t->left);
        if (now - asked < STEP_MS * 1000)
            continue;
        asked = now;
        r = waited(t);
        if (r < 0)
            return r;
    }
    return 0;
}

int kafka_tail_read(const struct kafka_options *o, const struct kafka_tail_spec *spec)
{
    struct tail_reader t = { .spec = spec, .prefix = o->topic_prefix ? o->topic_prefix : "" };
    int r = open_reader(o, &t);

    if (r < 0)
        return r;
    t.list = rd_kafka_topic_partition_list_new(16);
    for (const char *const *topic = spec->topics; r == 0 && *topic; topic++) {
        r = add_topic(&t, *topic);
        if (r == 0)
            r = waited(&t);
    }
    if (r == 0)
        r = ask_for_ends(&t);
    if (r == 0 && t.left > 0)
        r = read_records(&t);
    rd_kafka_topic_partition_list_destroy(t.list);
    rd_kafka_consumer_close(t.rk);
    rd_kafka_destroy(t.rk);
    free(t.ends);
    return r;
}
