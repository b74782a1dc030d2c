#include "kafka.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/log.h"

int kafka_conf_put(kafka_conf *conf, const char *name, const char *value)
{
    char why[256];

    if (!value || !*value)
        return 0;
    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK)
        return err_set(ERR_FATAL, "kafka setting %s: %s", name, why);
    return 0;
}

static void to_log(const rd_kafka_t *rk, int level, const char *facility, const char *message)
{
    (void)rk;
    if (strcmp(facility, "CONFWARN") == 0)
        level = 7; /* says at each start that gapless is experimental */
    log_write(level <= 3   ? LOG_WARNING
              : level <= 5 ? LOG_INFO
                           : LOG_DEBUG,
              "librdkafka", (const struct log_field[]){ LOG_STR("facility", facility), LOG_STR("text", message) }, 2);
}

int kafka_conf_make(const struct kafka_options *o, kafka_conf **ret)
{
    kafka_conf *conf = rd_kafka_conf_new();
    const struct {
        const char *name, *value;
    } settings[] = {
        { "bootstrap.servers", o->brokers },
        { "client.id", o->client_id },
        { "security.protocol", o->security_protocol },
        { "ssl.ca.location", o->ssl_ca_file },
        { "ssl.certificate.location", o->ssl_certificate_file },
        { "ssl.key.location", o->ssl_key_file },
        { "sasl.mechanism", o->sasl_mechanism },
        { "sasl.username", o->sasl_username },
        { "sasl.password", o->sasl_password },
        { "allow.auto.create.topics", "false" },
        { "socket.keepalive.enable", "true" },
        { "socket.timeout.ms", "30000" },
        { "reconnect.backoff.ms", "100" },
        { "reconnect.backoff.max.ms", "2000" },
        { "topic.metadata.refresh.interval.ms", "30000" },
        { "statistics.interval.ms", "0" },
        { "log.connection.close", "false" },
    };

    rd_kafka_conf_set_log_cb(conf, to_log);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (kafka_conf_put(conf, settings[i].name, settings[i].value) < 0) {
            rd_kafka_conf_destroy(conf);
            return ERR_FATAL;
        }
    *ret = conf;
    return 0;
}

/* murmur2 as in org.apache.kafka.common.utils.Utils: librdkafka's own is not exported in 2.0.2 without a topic handle.
 */
static uint32_t murmur2(const unsigned char *p, size_t len)
{
    const uint32_t m = 0x5bd1e995;
    uint32_t h = 0x9747b28cu ^ (uint32_t)len;

    for (; len >= 4; p += 4, len -= 4) {
        uint32_t k = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        k *= m;
        k ^= k >> 24;
        k *= m;
        h = h * m ^ k;
    }
    if (len >= 3)
        h ^= (uint32_t)p[2] << 16;
    if (len >= 2)
        h ^= (uint32_t)p[1] << 8;
    if (len >= 1) {
        h ^= p[0];
        h *= m;
    }
    h ^= h >> 13;
    h *= m;
    return h ^ h >> 15;
}

int32_t kafka_partition_of(const void *key, size_t len, int32_t partitions)
{
    return (int32_t)(murmur2(key, len) & 0x7fffffff) % partitions;
}

static bool has_topic(const struct rd_kafka_metadata *m, const char *prefix, const char *topic)
{
    size_t skip = strlen(prefix);

    for (int i = 0; i < m->topic_cnt; i++) {
        const char *name = m->topics[i].topic;
        if (strncmp(name, prefix, skip) == 0 && strcmp(name + skip, topic) == 0)
            return m->topics[i].partition_cnt > 0;
    }
    return false;
}

int kafka_missing_topic(const struct kafka_options *o, const char *const *topics, int timeout_ms,
                        const char **ret_missing)
{
    const struct rd_kafka_metadata *m = NULL;
    kafka_conf *conf;
    rd_kafka_resp_err_t e;
    rd_kafka_t *rk;
    char why[256];
    int r = 0;

    if (kafka_conf_make(o, &conf) < 0)
        return ERR_FATAL;
    rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (!rk) {
        rd_kafka_conf_destroy(conf);
        return err_set(ERR_FATAL, "kafka: %s", why);
    }
    e = rd_kafka_metadata(rk, 1, NULL, &m, timeout_ms);
    if (e)
        r = err_set(ERR_RETRY, "kafka: no answer from %s: %s", o->brokers, rd_kafka_err2str(e));
    for (; r == 0 && *topics; topics++)
        if (!has_topic(m, o->topic_prefix ? o->topic_prefix : "", *topics)) {
            *ret_missing = *topics;
            r = 1;
        }
    if (m)
        rd_kafka_metadata_destroy(m);
    rd_kafka_destroy(rk);
    return r;
}
