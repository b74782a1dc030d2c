#include "reader.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"

struct kafka_reader {
    rd_kafka_t *rk;
    char prefix[128];
    struct kafka_position *positions;
    int count;
    int last; /* index of the partition that the last record came from */
};

int kafka_reader_new(const struct kafka_options *o, struct kafka_reader **ret)
{
    static const char *const settings[][2] = {
        { "group.id", "redress-reader" }, /* demanded by librdkafka; nothing joins or commits */
        { "enable.auto.commit", "false" },   { "enable.auto.offset.store", "false" },
        { "auto.offset.reset", "earliest" }, /* retention may pass us by */
        { "enable.partition.eof", "true" },  { "queued.max.messages.kbytes", "16384" },
        { "fetch.error.backoff.ms", "100" },
    };
    struct kafka_reader *r;
    kafka_conf *conf;
    rd_kafka_t *rk;
    char why[256];

    if (kafka_conf_make(o, &conf) < 0)
        return ERR_FATAL;
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (kafka_conf_put(conf, settings[i][0], settings[i][1]) < 0) {
            rd_kafka_conf_destroy(conf);
            return ERR_FATAL;
        }
    rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (!rk) {
        rd_kafka_conf_destroy(conf);
        return err_set(ERR_FATAL, "kafka consumer: %s", why);
    }
    rd_kafka_poll_set_consumer(rk);
    r = calloc(1, sizeof *r);
    if (!r)
        abort();
    r->rk = rk;
    snprintf(r->prefix, sizeof r->prefix, "%s", o->topic_prefix ? o->topic_prefix : "");
    *ret = r;
    return 0;
}

void kafka_reader_free(struct kafka_reader *r)
{
    if (!r)
        return;
    rd_kafka_assign(r->rk, NULL);
    rd_kafka_consumer_close(r->rk);
    rd_kafka_destroy(r->rk);
    free(r->positions);
    free(r);
}

void kafka_reader_freep(struct kafka_reader **r)
{
    kafka_reader_free(*r);
}

static void actual_name(const struct kafka_reader *r, const char *topic, char *out, size_t size)
{
    snprintf(out, size, "%s%s", r->prefix, topic);
}

/* Number of partitions, 0 if there is no such topic. */
static int count_partitions(struct kafka_reader *r, const char *name, int timeout_ms)
{
    const struct rd_kafka_metadata *m = NULL;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(r->rk, name, NULL);
    rd_kafka_resp_err_t e;
    int n = 0;

    if (!topic)
        return err_set(ERR_FATAL, "kafka: %s is no name for a topic", name);
    e = rd_kafka_metadata(r->rk, 0, topic, &m, timeout_ms);
    if (e == 0 && m->topic_cnt == 1) {
        if (m->topics[0].err && m->topics[0].err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
            e = m->topics[0].err;
        else if (!m->topics[0].err)
            n = m->topics[0].partition_cnt;
    }
    if (m)
        rd_kafka_metadata_destroy(m);
    rd_kafka_topic_destroy(topic);
    return e ? err_set(ERR_RETRY, "kafka: no answer about topic %s: %s", name, rd_kafka_err2str(e)) : n;
}

static int64_t start_of(int64_t from, int64_t low, int64_t high)
{
    int64_t at = from;

    if (from == KAFKA_END)
        return high;
    if (from == KAFKA_BEGINNING)
        return low;
    if (from < 0)
        at = high - (-from - 2);
    return at < low ? low : at > high ? high : at;
}

static int add_partition(struct kafka_reader *r, const char *topic, int32_t partition, int64_t from, int timeout_ms)
{
    struct kafka_position *p = reallocarray(r->positions, (size_t)r->count + 1, sizeof *p);
    char name[256];
    int64_t low, high;
    rd_kafka_resp_err_t e;

    if (!p)
        abort();
    r->positions = p;
    actual_name(r, topic, name, sizeof name);
    e = rd_kafka_query_watermark_offsets(r->rk, name, partition, &low, &high, timeout_ms);
    if (e)
        return err_set(ERR_RETRY, "kafka: no answer about the end of %s[%d]: %s", name, partition, rd_kafka_err2str(e));
    p[r->count++] = (struct kafka_position){ topic, partition, low, high, start_of(from, low, high) };
    return 0;
}

int kafka_reader_add(struct kafka_reader *r, const char *topic, int32_t partition, int64_t from, int timeout_ms)
{
    char name[256];
    int n, e = 0;

    actual_name(r, topic, name, sizeof name);
    n = count_partitions(r, name, timeout_ms);
    if (n < 0)
        return n;
    if (partition >= n || n == 0)
        return 1;
    if (partition >= 0)
        return add_partition(r, topic, partition, from, timeout_ms);
    for (int32_t i = 0; e == 0 && i < n; i++)
        e = add_partition(r, topic, i, from, timeout_ms);
    return e;
}

/* Of what was added, in its order; offsets are for the caller to fill in. */
static rd_kafka_topic_partition_list_t *list_of(const struct kafka_reader *r)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(r->count);
    char name[256];

    for (int i = 0; i < r->count; i++) {
        actual_name(r, r->positions[i].topic, name, sizeof name);
        rd_kafka_topic_partition_list_add(list, name, r->positions[i].partition);
    }
    return list;
}

int kafka_reader_since(struct kafka_reader *r, int64_t since_us, int timeout_ms)
{
    rd_kafka_topic_partition_list_t *list = list_of(r);
    rd_kafka_resp_err_t e;

    for (int i = 0; i < r->count; i++)
        list->elems[i].offset = since_us > 0 ? since_us / 1000 : 0;
    e = rd_kafka_offsets_for_times(r->rk, list, timeout_ms);
    for (int i = 0; e == 0 && i < r->count; i++) {
        struct kafka_position *p = &r->positions[i];
        const rd_kafka_topic_partition_t *found = &list->elems[i];
        int64_t from = found->offset < 0 ? p->high : found->offset; /* RD_KAFKA_OFFSET_END: all is older */

        if (found->err)
            e = found->err;
        else if (from > p->next)
            p->next = from;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return e ? err_set(ERR_RETRY, "kafka: no answer about offsets of a time: %s", rd_kafka_err2str(e)) : 0;
}

int kafka_reader_start(struct kafka_reader *r)
{
    rd_kafka_topic_partition_list_t *list = list_of(r);
    rd_kafka_resp_err_t e;

    for (int i = 0; i < r->count; i++)
        list->elems[i].offset = r->positions[i].next;
    e = rd_kafka_assign(r->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    return e ? err_set(ERR_RETRY, "kafka: cannot assign: %s", rd_kafka_err2str(e)) : 0;
}

static struct kafka_position *position_of(struct kafka_reader *r, const rd_kafka_message_t *m)
{
    const char *name = rd_kafka_topic_name(m->rkt) + strlen(r->prefix);

    for (int i = 0; i < r->count; i++) {
        struct kafka_position *p = &r->positions[(r->last + i) % r->count];
        if (p->partition == m->partition && strcmp(p->topic, name) == 0) {
            r->last = (int)(p - r->positions);
            return p;
        }
    }
    return NULL;
}

int kafka_reader_poll(struct kafka_reader *r, struct kafka_record *ret, int timeout_ms)
{
    rd_kafka_message_t *m = rd_kafka_consumer_poll(r->rk, timeout_ms);
    rd_kafka_timestamp_type_t type;
    struct kafka_position *p;
    int64_t ms;

    if (!m)
        return 0;
    p = m->rkt ? position_of(r, m) : NULL;
    if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF && p && p->next < m->offset)
        p->next = m->offset; /* the last offsets were a transaction's markers */
    if (m->err || !p) {
        rd_kafka_message_destroy(m); /* broker down, leader moving: librdkafka goes on, the caller has a deadline */
        return 0;
    }
    p->next = m->offset + 1;
    ms = rd_kafka_message_timestamp(m, &type);
    *ret = (struct kafka_record){
        .topic = p->topic,
        .partition = m->partition,
        .offset = m->offset,
        .timestamp_us = ms > 0 ? ms * 1000 : 0,
        .key = m->key,
        .key_len = m->key_len,
        .value = m->payload,
        .value_len = m->len,
        .message = m,
    };
    return 1;
}

int kafka_reader_positions(const struct kafka_reader *r, const struct kafka_position **ret)
{
    *ret = r->positions;
    return r->count;
}

bool kafka_reader_caught_up(const struct kafka_reader *r)
{
    for (int i = 0; i < r->count; i++)
        if (r->positions[i].next < r->positions[i].high)
            return false;
    return true;
}
