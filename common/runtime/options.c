#include "options.h"

struct kafka_options config_kafka_options(const struct config *c)
{
    return (struct kafka_options){
        .brokers = c->kafka.brokers,
        .topic_prefix = c->kafka.topic_prefix,
        .client_id = c->kafka.client_id,
        .security_protocol = c->kafka.security_protocol,
        .ssl_ca_file = c->kafka.ssl_ca_file,
        .ssl_certificate_file = c->kafka.ssl_certificate_file,
        .ssl_key_file = c->kafka.ssl_key_file,
        .sasl_mechanism = c->kafka.sasl_username[0] ? c->kafka.sasl_mechanism : NULL,
        .sasl_username = c->kafka.sasl_username,
        .sasl_password = c->kafka.sasl_password,
    };
}
