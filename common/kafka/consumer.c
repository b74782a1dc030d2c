#include "consumer.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/log.h"

struct kafka_consumer {
    rd_kafka_t *rk;
    struct kafka_consumer_spec spec;
    char prefix[128];
    rd_kafka_topic_partition_list_t *pending;
    struct kafka_partition *pending_view;
    rd_kafka_topic_partition_list_t *assigned;
    int trouble; /* class of the last event of the group or broker, 0: none */
    char trouble_text[512];
};

static const char *logical(const struct kafka_consumer *c, const char *topic)
{
    size_t skip = strlen(c->prefix);

    for (const char *const *t = c->spec.topics; *t; t++)
        if (strlen(topic) >= skip && strcmp(topic + skip, *t) == 0)
            return *t;
    return "?";
}

static const char *actual(const struct kafka_consumer *c, const char *topic, char *out, size_t size)
{
    snprintf(out, size, "%s%s", c->prefix, topic);
    return out;
}

static void drop_list(rd_kafka_topic_partition_list_t **list)
{
    if (*list)
        rd_kafka_topic_partition_list_destroy(*list);
    *list = NULL;
}

static void on_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t e, rd_kafka_topic_partition_list_t *list, void *opaque)
{
    struct kafka_consumer *c = opaque;

    drop_list(&c->pending);
    if (e == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        c->pending = rd_kafka_topic_partition_list_copy(list); /* assigned when its offsets are loaded */
        return;
    }
    drop_list(&c->assigned);
    rd_kafka_assign(rk, NULL);
    if (c->spec.on_revoked)
        c->spec.on_revoked(c->spec.context);
}

static int subscribe(struct kafka_consumer *c)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(4);
    rd_kafka_resp_err_t e;
    char name[256];

    for (const char *const *t = c->spec.topics; *t; t++)
        rd_kafka_topic_partition_list_add(list, actual(c, *t, name, sizeof name), RD_KAFKA_PARTITION_UA);
    e = rd_kafka_subscribe(c->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    return e ? err_set(ERR_RETRY, "kafka: cannot subscribe: %s", rd_kafka_err2str(e)) : 0;
}

static int configure(const struct kafka_options *o, const struct kafka_consumer_spec *spec, kafka_conf *conf)
{
    char session[16], poll[16];
    const struct {
        const char *name, *value;
    } settings[] = {
        { "group.id", spec->group },
        { "group.instance.id", spec->instance },
        { "partition.assignment.strategy", "range" },
        { "enable.auto.commit", "false" },
        { "enable.auto.offset.store", "false" },
        { "auto.offset.reset", "error" },
        { "session.timeout.ms", session },
        { "heartbeat.interval.ms", "1000" },
        { "max.poll.interval.ms", poll },
        { "queued.max.messages.kbytes", "16384" },
        { "queued.min.messages", "10000" },
        { "fetch.error.backoff.ms", "100" },
        { "topic.metadata.refresh.fast.interval.ms", "250" },
    };

    (void)o;
    snprintf(session, sizeof session, "%d", spec->session_timeout_ms);
    snprintf(poll, sizeof poll, "%d", spec->max_poll_interval_ms);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (kafka_conf_put(conf, settings[i].name, settings[i].value) < 0)
            return ERR_FATAL;
    return 0;
}

int kafka_consumer_new(const struct kafka_options *o, const struct kafka_consumer_spec *spec,
                       struct kafka_consumer **ret)
{
    struct kafka_consumer *c = calloc(1, sizeof *c);
    kafka_conf *conf;
    char why[256];
    int r;

    if (!c)
        abort();
    c->spec = *spec;
    snprintf(c->prefix, sizeof c->prefix, "%s", o->topic_prefix ? o->topic_prefix : "");
    r = kafka_conf_make(o, &conf);
    if (r == 0)
        r = configure(o, spec, conf);
    if (r < 0) {
        free(c);
        return r;
    }
    rd_kafka_conf_set_opaque(conf, c);
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    c->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (!c->rk) {
        rd_kafka_conf_destroy(conf);
        free(c);
        return err_set(ERR_FATAL, "kafka consumer: %s", why);
    }
    rd_kafka_poll_set_consumer(c->rk);
    r = subscribe(c);
    if (r < 0) {
        kafka_consumer_free(c);
        return r;
    }
    *ret = c;
    return 0;
}

void kafka_consumer_free(struct kafka_consumer *c)
{
    if (!c)
        return;
    c->spec.on_revoked = NULL;
    if (c->pending)
        rd_kafka_assign(c->rk, NULL); /* an answer that librdkafka would wait for, for ever */
    drop_list(&c->pending);
    drop_list(&c->assigned);
    rd_kafka_consumer_close(c->rk);
    drop_list(&c->pending);
    rd_kafka_destroy(c->rk);
    free(c->pending_view);
    free(c);
}

static int class_of(rd_kafka_resp_err_t e)
{
    if (e == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID)
        return ERR_FATAL;
    return e == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || e == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE ? ERR_FENCED
                                                                                                   : ERR_RETRY;
}

/* Events that are no records: remembered, told by poll once. librdkafka says them once too, so that what will not heal
 * (fenced, an offset gone) is not forgotten for what will. */
static void note_trouble(struct kafka_consumer *c, const rd_kafka_message_t *m)
{
    rd_kafka_resp_err_t e = m->err;
    int class;

    if (e == RD_KAFKA_RESP_ERR__PARTITION_EOF)
        return;
    if (e == RD_KAFKA_RESP_ERR__FATAL)
        e = rd_kafka_fatal_error(c->rk, NULL, 0);
    class = class_of(e);
    if (class == ERR_RETRY ? c->trouble != 0 : c->trouble == ERR_FATAL)
        return;
    c->trouble = class;
    snprintf(c->trouble_text, sizeof c->trouble_text, "%s%s%s", rd_kafka_err2name(e), m->len ? ": " : "",
             rd_kafka_message_errstr(m));
}

static void fill(struct kafka_consumer *c, rd_kafka_message_t *m, struct kafka_record *r)
{
    rd_kafka_timestamp_type_t type;
    int64_t ms = rd_kafka_message_timestamp(m, &type);

    *r = (struct kafka_record){
        .topic = logical(c, rd_kafka_topic_name(m->rkt)),
        .partition = m->partition,
        .offset = m->offset,
        .timestamp_us = ms > 0 ? ms * 1000 : 0,
        .key = m->key,
        .key_len = m->key_len,
        .value = m->payload,
        .value_len = m->len,
        .message = m,
    };
}

int kafka_consumer_poll(struct kafka_consumer *c, struct kafka_record *records, int max_records, size_t max_bytes,
                        int wait_ms, int64_t window_us)
{
    int64_t end_us = 0;
    size_t bytes = 0;
    int n = 0;

    while (n < max_records && bytes < max_bytes) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(c->rk, n ? 0 : wait_ms);

        if (m && m->err) {
            note_trouble(c, m);
            rd_kafka_message_destroy(m);
            break;
        }
        if (m) {
            bytes += m->len;
            fill(c, m, &records[n++]);
        }
        if (n && !end_us)
            end_us = clock_mono_us() + window_us;
        if (m)
            continue; /* what has come already is taken even when the window is over */
        if (n == 0 || clock_mono_us() >= end_us)
            break;
        clock_sleep_us(200);
    }
    if (n == 0 && c->trouble) {
        int trouble = c->trouble;
        c->trouble = 0;
        return err_set(trouble, "kafka: %s", c->trouble_text);
    }
    return n;
}

bool kafka_consumer_attend(struct kafka_consumer *c, int wait_ms)
{
    rd_kafka_message_t *m = rd_kafka_consumer_poll(c->rk, wait_ms);
    bool slipped = m && !m->err;

    if (m && m->err)
        note_trouble(c, m);
    if (m)
        rd_kafka_message_destroy(m);
    return slipped;
}

void kafka_records_free(struct kafka_record *records, int count)
{
    for (int i = 0; i < count; i++) {
        rd_kafka_message_destroy(records[i].message);
        records[i].message = NULL;
    }
}

int kafka_consumer_pending(struct kafka_consumer *c, const struct kafka_partition **ret)
{
    int n = c->pending ? c->pending->cnt : 0;

    free(c->pending_view);
    c->pending_view = calloc((size_t)n + 1, sizeof *c->pending_view);
    if (!c->pending_view)
        abort();
    for (int i = 0; i < n; i++)
        c->pending_view[i] = (struct kafka_partition){ .topic = logical(c, c->pending->elems[i].topic),
                                                       .partition = c->pending->elems[i].partition };
    *ret = c->pending_view;
    return c->pending ? n : -1;
}

static rd_kafka_topic_partition_list_t *to_list(const struct kafka_consumer *c, const struct kafka_partition *p, int n)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(n);
    char name[256];

    for (int i = 0; i < n; i++)
        rd_kafka_topic_partition_list_add(list, actual(c, p[i].topic, name, sizeof name), p[i].partition)->offset =
            p[i].offset;
    return list;
}

int kafka_consumer_assign(struct kafka_consumer *c, const struct kafka_partition *partitions, int count)
{
    rd_kafka_topic_partition_list_t *list = to_list(c, partitions, count);
    rd_kafka_resp_err_t e = rd_kafka_assign(c->rk, list);

    if (e) {
        rd_kafka_topic_partition_list_destroy(list);
        return err_set(ERR_RETRY, "kafka: cannot assign: %s", rd_kafka_err2str(e));
    }
    drop_list(&c->pending);
    drop_list(&c->assigned);
    c->assigned = list;
    rd_kafka_resume_partitions(c->rk, list); /* one that was taken away while it was paused would stay paused */
    return 0;
}

bool kafka_consumer_has_assignment(const struct kafka_consumer *c)
{
    return c->assigned;
}

int kafka_consumer_seek(struct kafka_consumer *c, const struct kafka_partition *p)
{
    rd_kafka_topic_partition_list_t *list = to_list(c, p, 1);
    rd_kafka_error_t *e = rd_kafka_seek_partitions(c->rk, list, 10000);
    rd_kafka_resp_err_t pe = list->elems[0].err;
    int r = 0;

    if (e || pe)
        r = err_set(ERR_RETRY, "kafka: cannot seek %s[%d] to %lld: %s", p->topic, p->partition, (long long)p->offset,
                    e ? rd_kafka_error_string(e) : rd_kafka_err2str(pe));
    if (e)
        rd_kafka_error_destroy(e);
    rd_kafka_topic_partition_list_destroy(list);
    return r;
}

void kafka_consumer_pause(struct kafka_consumer *c, bool paused)
{
    if (!c->assigned)
        return;
    if (paused)
        rd_kafka_pause_partitions(c->rk, c->assigned);
    else
        rd_kafka_resume_partitions(c->rk, c->assigned);
}

int kafka_consumer_watermarks(struct kafka_consumer *c, const struct kafka_partition *p, int64_t *ret_low,
                              int64_t *ret_high)
{
    char name[256];
    rd_kafka_resp_err_t e = rd_kafka_query_watermark_offsets(c->rk, actual(c, p->topic, name, sizeof name),
                                                             p->partition, ret_low, ret_high, 10000);

    return e ? err_set(ERR_RETRY, "kafka: no watermarks of %s[%d]: %s", p->topic, p->partition, rd_kafka_err2str(e))
             : 0;
}

void kafka_consumer_mirror(struct kafka_consumer *c, const struct kafka_partition *partitions, int count)
{
    rd_kafka_topic_partition_list_t *list = to_list(c, partitions, count);

    rd_kafka_commit(c->rk, list, 1); /* its failure harms nobody */
    rd_kafka_topic_partition_list_destroy(list);
}

bool kafka_record_header(const struct kafka_record *r, const char *name, const void **ret_value, size_t *ret_len)
{
    rd_kafka_headers_t *h;

    return rd_kafka_message_headers(r->message, &h) == 0 && rd_kafka_header_get_last(h, name, ret_value, ret_len) == 0;
}

bool kafka_record_header_at(const struct kafka_record *r, size_t index, struct kafka_header *ret)
{
    rd_kafka_headers_t *h;

    return rd_kafka_message_headers(r->message, &h) == 0 &&
           rd_kafka_header_get_all(h, index, &ret->name, &ret->value, &ret->len) == 0;
}
