/* Topics: what is there, make them, change their settings. For redressctl; daemons never make topics. */
#pragma once

#include "common/base/arena.h"
#include "kafka.h"

struct kafka_setting {
    const char *name, *value;
};

struct kafka_topic {
    const char *name; /* without the prefix */
    int32_t partitions;
    int replication;
    const struct kafka_setting *settings;
    size_t setting_count;
};

struct kafka_admin;

/* Every call waits at most timeout_ms for the cluster; ERR_RETRY when it does not answer in time. */
int kafka_admin_new(const struct kafka_options *o, int timeout_ms, struct kafka_admin **ret);
void kafka_admin_free(struct kafka_admin *k);
void kafka_admin_freep(struct kafka_admin **k);

/* Looks at one topic: 0, or 1 if it is not there. All its settings, the cluster's defaults among them, go to the
 * arena. */
int kafka_admin_describe(struct kafka_admin *k, struct arena *a, const char *name, struct kafka_topic *ret);
/* 0, 1 if it was there already, ERR_FATAL if the cluster refuses it. Returns when the cluster's metadata show it. */
int kafka_admin_create(struct kafka_admin *k, const struct kafka_topic *topic);
/* Changes these settings and leaves the topic's others as they are. */
int kafka_admin_alter(struct kafka_admin *k, struct arena *a, const char *name, const struct kafka_setting *settings,
                      size_t count);
