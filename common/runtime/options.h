/* Settings as the libraries take them; for daemons and redressctl alike. */
#pragma once

#include "common/config/config.h"
#include "common/kafka/kafka.h"

struct kafka_options config_kafka_options(const struct config *c);
