/* Kafka: what is common to consumer and producer. The only place with librdkafka. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kafka_options {
    const char *brokers;
    const char *topic_prefix; /* before every topic's name; "" in production */
    const char *client_id;
    const char *security_protocol; /* "" or NULL: librdkafka's default; likewise below */
    const char *ssl_ca_file, *ssl_certificate_file, *ssl_key_file;
    const char *sasl_mechanism, *sasl_username, *sasl_password;
};

struct kafka_header {
    const char *name;
    const void *value;
    size_t len;
};

/* librdkafka's configuration with what every client of ours wants; ERR_FATAL names the setting. */
typedef struct rd_kafka_conf_s kafka_conf; /* librdkafka's own type, not to be opened by others */
int kafka_conf_make(const struct kafka_options *o, kafka_conf **ret);
int kafka_conf_put(kafka_conf *conf, const char *name, const char *value);

/* The partition that Java's default partitioner gives a key (murmur2). */
int32_t kafka_partition_of(const void *key, size_t len, int32_t partitions);

/* Asks the cluster, waiting at most timeout_ms, for the topics of a NULL-terminated list (without prefix). 0: all are
 * there; 1: *ret_missing is not; ERR_RETRY: no answer. An empty list only sees whether the cluster answers. */
int kafka_missing_topic(const struct kafka_options *o, const char *const *topics, int timeout_ms,
                        const char **ret_missing);
