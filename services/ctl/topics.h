/* deploy/topics.yaml, and what differs between it and the cluster. No connection here. */
#pragma once

#include "common/kafka/admin.h"

#define TOPICS_MAX 100

struct topics_file {
    struct kafka_topic *topics; /* as they shall be made */
    size_t count;
};

/* path NULL: the file that was built in. replication 0: what the file says. 0, or ERR_FATAL with all problems. */
int topics_file_read(struct arena *a, const char *path, int replication, struct topics_file *ret);

enum topic_difference_kind {
    TOPIC_MISSING,     /* apply makes it */
    TOPIC_SETTING,     /* apply changes it */
    TOPIC_PARTITIONS,  /* a conflict: the order per key would break */
    TOPIC_REPLICATION, /* a conflict: fewer copies than asked for; only a reassignment adds some */
};

struct topic_difference {
    const char *topic;
    enum topic_difference_kind kind;
    const char *setting; /* "partitions", "replication" or Kafka's name; NULL for a missing topic */
    const char *found, *wanted;
};

/* found NULL: the topic is not there. Returns the number of differences, in *ret (of the arena). */
size_t topic_compare(struct arena *a, const struct kafka_topic *wanted, const struct kafka_topic *found,
                     const struct topic_difference **ret);

/* The file's settings and min.insync.replicas for the copies there are, unless the file names it. */
void topic_settings(struct arena *a, const struct kafka_topic *wanted, int replication,
                    const struct kafka_setting **ret, size_t *ret_count);
