#include "producer.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"

struct kafka_producer {
    rd_kafka_t *rk;
    struct kafka_producer_spec spec;
    char prefix[128];
};

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    struct kafka_producer *p = opaque;

    (void)rk;
    if (p->spec.on_delivered)
        p->spec.on_delivered(p->spec.context, m->_private, m->err ? ERR_POISON : 0,
                             m->err ? rd_kafka_err2str(m->err) : "", m->partition, m->offset);
}

static int configure(const struct kafka_producer_spec *spec, kafka_conf *conf)
{
    char linger[16], timeout[16], bytes[24];
    const struct {
        const char *name, *value;
    } settings[] = {
        { "acks", "all" },
        { "enable.idempotence", "true" },
        { "enable.gapless.guarantee", spec->gapless ? "true" : "" },
        { "max.in.flight", spec->gapless ? "1" : "5" },
        { "message.timeout.ms", timeout }, /* an expired one would leave a gap: the relay's never expires */
        { "linger.ms", linger },
        { "partitioner", "murmur2_random" },
        { "message.max.bytes", bytes },
        { "queue.buffering.max.messages", "100000" },
        { "queue.buffering.max.kbytes", "65536" },
        { "compression.codec", "none" },
        { "retry.backoff.ms", "50" },
    };

    snprintf(linger, sizeof linger, "%d", spec->linger_ms);
    snprintf(timeout, sizeof timeout, "%d", spec->gapless ? 0 : spec->timeout_ms);
    snprintf(bytes, sizeof bytes, "%zu", spec->max_record_bytes ? spec->max_record_bytes : 1000000);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (kafka_conf_put(conf, settings[i].name, settings[i].value) < 0)
            return ERR_FATAL;
    return 0;
}

int kafka_producer_new(const struct kafka_options *o, const struct kafka_producer_spec *spec,
                       struct kafka_producer **ret)
{
    struct kafka_producer *p;
    kafka_conf *conf;
    char why[256];

    if (kafka_conf_make(o, &conf) < 0)
        return ERR_FATAL;
    if (configure(spec, conf) < 0) {
        rd_kafka_conf_destroy(conf);
        return ERR_FATAL;
    }
    p = calloc(1, sizeof *p);
    if (!p)
        abort();
    p->spec = *spec;
    snprintf(p->prefix, sizeof p->prefix, "%s", o->topic_prefix ? o->topic_prefix : "");
    rd_kafka_conf_set_opaque(conf, p);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    p->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (!p->rk) {
        rd_kafka_conf_destroy(conf);
        free(p);
        return err_set(ERR_FATAL, "kafka producer: %s", why);
    }
    *ret = p;
    return 0;
}

void kafka_producer_free(struct kafka_producer *p)
{
    if (!p)
        return;
    p->spec.on_delivered = NULL;
    rd_kafka_purge(p->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(p->rk, 1000);
    rd_kafka_destroy(p->rk);
    free(p);
}

int kafka_produce(struct kafka_producer *p, const struct kafka_message *m)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(m->header_count);
    rd_kafka_resp_err_t e;
    char topic[256];

    for (size_t i = 0; i < m->header_count; i++)
        rd_kafka_header_add(headers, m->headers[i].name, -1, m->headers[i].value, (ssize_t)m->headers[i].len);
    snprintf(topic, sizeof topic, "%s%s", p->prefix, m->topic);
    e = rd_kafka_producev(p->rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(m->partition),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(m->key, m->key_len),
                          RD_KAFKA_V_VALUE((void *)m->value, m->value_len), RD_KAFKA_V_HEADERS(headers),
                          RD_KAFKA_V_OPAQUE(m->tag), RD_KAFKA_V_END);
    if (e == 0)
        return 0;
    rd_kafka_headers_destroy(headers);
    return err_set(e == RD_KAFKA_RESP_ERR__QUEUE_FULL ? ERR_RETRY : ERR_POISON, "kafka: cannot produce to %s: %s",
                   topic, rd_kafka_err2str(e));
}

int kafka_producer_poll(struct kafka_producer *p, int timeout_ms)
{
    return rd_kafka_poll(p->rk, timeout_ms);
}

int kafka_producer_flush(struct kafka_producer *p, int timeout_ms)
{
    return rd_kafka_flush(p->rk, timeout_ms) ? err_set(ERR_RETRY, "kafka: not all records were acknowledged in time")
                                             : 0;
}

int kafka_producer_pending(struct kafka_producer *p)
{
    return rd_kafka_outq_len(p->rk);
}

int kafka_producer_fatal(struct kafka_producer *p)
{
    char why[256];
    rd_kafka_resp_err_t e = rd_kafka_fatal_error(p->rk, why, sizeof why);

    return e ? err_set(ERR_RETRY, "kafka producer: %s", why) : 0;
}

int kafka_producer_partitions(struct kafka_producer *p, const char *topic, int timeout_ms)
{
    const struct rd_kafka_metadata *m = NULL;
    rd_kafka_topic_t *t;
    rd_kafka_resp_err_t e;
    char name[256];
    int n = 0;

    snprintf(name, sizeof name, "%s%s", p->prefix, topic);
    t = rd_kafka_topic_new(p->rk, name, NULL);
    e = rd_kafka_metadata(p->rk, 0, t, &m, timeout_ms);
    if (e == 0 && m->topic_cnt == 1)
        n = m->topics[0].partition_cnt;
    if (m)
        rd_kafka_metadata_destroy(m);
    rd_kafka_topic_destroy(t);
    return e ? err_set(ERR_RETRY, "kafka: %s", rd_kafka_err2str(e)) : n;
}
