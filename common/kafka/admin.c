#include "admin.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/str.h"

#define NAME_SIZE 250 /* Kafka takes 249 characters */

struct kafka_admin {
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
    int timeout_ms;
    char *prefix;
};

int kafka_admin_new(const struct kafka_options *o, int timeout_ms, struct kafka_admin **ret)
{
    struct kafka_admin *k;
    kafka_conf *conf;
    rd_kafka_t *rk;
    char why[256];

    if (kafka_conf_make(o, &conf) < 0)
        return ERR_FATAL;
    rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (!rk) {
        rd_kafka_conf_destroy(conf);
        return err_set(ERR_FATAL, "kafka: %s", why);
    }
    k = calloc(1, sizeof *k);
    if (!k)
        abort();
    *k = (struct kafka_admin){ rk, rd_kafka_queue_new(rk), timeout_ms, strdup(o->topic_prefix ? o->topic_prefix : "") };
    *ret = k;
    return 0;
}

void kafka_admin_free(struct kafka_admin *k)
{
    if (!k)
        return;
    rd_kafka_queue_destroy(k->queue);
    rd_kafka_destroy(k->rk);
    free(k->prefix);
    free(k);
}

void kafka_admin_freep(struct kafka_admin **k)
{
    kafka_admin_free(*k);
}

/* ---- requests ---- */

static int full_name(const struct kafka_admin *k, const char *name, char out[NAME_SIZE])
{
    if (snprintf(out, NAME_SIZE, "%s%s", k->prefix, name) >= NAME_SIZE)
        return err_set(ERR_FATAL, "kafka: topic name %s%s has more than %d characters", k->prefix, name, NAME_SIZE - 1);
    return 0;
}

/* Whether asking again may help. */
static int err_class_of(rd_kafka_resp_err_t e)
{
    switch ((int)e) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
        return ERR_RETRY;
    default:
        return ERR_FATAL;
    }
}

static rd_kafka_AdminOptions_t *options_for(struct kafka_admin *k, rd_kafka_admin_op_t op)
{
    rd_kafka_AdminOptions_t *o = rd_kafka_AdminOptions_new(k->rk, op);
    char why[256];

    if (rd_kafka_AdminOptions_set_request_timeout(o, k->timeout_ms, why, sizeof why))
        abort(); /* the range is 0 to an hour; ours is in it */
    if (op == RD_KAFKA_ADMIN_OP_CREATETOPICS)
        (void)rd_kafka_AdminOptions_set_operation_timeout(o, k->timeout_ms, why, sizeof why);
    return o;
}

/* The answer to the one open request; NULL after err_set. */
static rd_kafka_event_t *answer(struct kafka_admin *k, int *ret_error)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(k->queue, k->timeout_ms + 1000);
    rd_kafka_resp_err_t e = event ? rd_kafka_event_error(event) : RD_KAFKA_RESP_ERR__TIMED_OUT;

    if (!e)
        return event;
    *ret_error = err_set(err_class_of(e), "kafka: %s", event ? rd_kafka_event_error_string(event) : "no answer");
    if (event)
        rd_kafka_event_destroy(event);
    return NULL;
}

/* What the cluster says about the one topic of the request; 1: it is there already. */
static int create_outcome(const rd_kafka_topic_result_t *const *results, size_t count)
{
    rd_kafka_resp_err_t e = count ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR__FAIL;

    if (!e)
        return 0;
    if (e == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
        return 1;
    return err_set(err_class_of(e), "kafka: topic %s: %s", count ? rd_kafka_topic_result_name(results[0]) : "?",
                   count ? rd_kafka_topic_result_error_string(results[0]) : "no answer");
}

/* ---- looking ---- */

/* Partitions and replication; 1 if there is no such topic. */
static int read_layout(struct kafka_admin *k, const char *full, struct kafka_topic *ret)
{
    const struct rd_kafka_metadata *m = NULL;
    rd_kafka_resp_err_t e = rd_kafka_metadata(k->rk, 1, NULL, &m, k->timeout_ms);
    int r = 1;

    if (e)
        return err_set(ERR_RETRY, "kafka: no answer: %s", rd_kafka_err2str(e));
    for (int i = 0; i < m->topic_cnt; i++)
        if (strcmp(m->topics[i].topic, full) == 0 && m->topics[i].partition_cnt > 0) {
            ret->partitions = m->topics[i].partition_cnt;
            ret->replication = m->topics[i].partitions[0].replica_cnt;
            r = 0;
        }
    rd_kafka_metadata_destroy(m);
    return r;
}

static void ask_settings(struct kafka_admin *k, const char *full)
{
    rd_kafka_ConfigResource_t *resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, full);
    rd_kafka_AdminOptions_t *o = options_for(k, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);

    rd_kafka_DescribeConfigs(k->rk, &resource, 1, o, k->queue);
    rd_kafka_AdminOptions_destroy(o);
    rd_kafka_ConfigResource_destroy(resource);
}

/* All settings, or only those that were made for this topic. */
static int read_settings(struct kafka_admin *k, struct arena *a, const char *full, bool own_only,
                         struct kafka_topic *ret)
{
    const rd_kafka_ConfigResource_t **resources;
    const rd_kafka_ConfigEntry_t **entries;
    struct kafka_setting *settings;
    rd_kafka_event_t *event;
    size_t count = 0, used = 0;
    int r = 0;

    ask_settings(k, full);
    event = answer(k, &r);
    if (!event)
        return r;
    resources = rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &count);
    if (count && rd_kafka_ConfigResource_error(resources[0]))
        r = err_set(err_class_of(rd_kafka_ConfigResource_error(resources[0])), "kafka: settings of %s: %s", full,
                    rd_kafka_ConfigResource_error_string(resources[0]));
    entries = count && r == 0 ? rd_kafka_ConfigResource_configs(resources[0], &count) : (count = 0, NULL);
    settings = arena_array(a, struct kafka_setting, count + 1);
    for (size_t i = 0; i < count; i++) {
        const char *value = rd_kafka_ConfigEntry_value(entries[i]);
        bool own = rd_kafka_ConfigEntry_source(entries[i]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;

        if (value && (own || !own_only))
            settings[used++] = (struct kafka_setting){ arena_strdup(a, rd_kafka_ConfigEntry_name(entries[i])),
                                                       arena_strdup(a, value) };
    }
    ret->settings = settings;
    ret->setting_count = used;
    rd_kafka_event_destroy(event);
    return r;
}

int kafka_admin_describe(struct kafka_admin *k, struct arena *a, const char *name, struct kafka_topic *ret)
{
    struct kafka_topic topic = { .name = name };
    char full[NAME_SIZE];
    int r = full_name(k, name, full);

    if (r == 0)
        r = read_layout(k, full, &topic);
    if (r == 0)
        r = read_settings(k, a, full, false, &topic);
    if (r == 0)
        *ret = topic;
    return r;
}

/* ---- changing ---- */

/* A topic that was made is not at once in every broker's metadata. */
static int wait_until_there(struct kafka_admin *k, const char *full)
{
    int64_t end_us = clock_mono_us() + (int64_t)k->timeout_ms * 1000;
    struct kafka_topic seen;
    int r;

    while ((r = read_layout(k, full, &seen)) == 1 && clock_mono_us() < end_us)
        clock_sleep_us(50000);
    return r == 1 ? err_set(ERR_RETRY, "kafka: topic %s was made but is not to be seen yet", full) : r;
}

static int send_create(struct kafka_admin *k, const char *full, const struct kafka_topic *topic)
{
    char why[256];
    rd_kafka_NewTopic_t *n = rd_kafka_NewTopic_new(full, topic->partitions, topic->replication, why, sizeof why);
    rd_kafka_AdminOptions_t *o;

    if (!n)
        return err_set(ERR_FATAL, "kafka: topic %s: %s", full, why);
    for (size_t i = 0; i < topic->setting_count; i++)
        (void)rd_kafka_NewTopic_set_config(n, topic->settings[i].name, topic->settings[i].value);
    o = options_for(k, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    rd_kafka_CreateTopics(k->rk, &n, 1, o, k->queue);
    rd_kafka_AdminOptions_destroy(o);
    rd_kafka_NewTopic_destroy(n);
    return 0;
}

int kafka_admin_create(struct kafka_admin *k, const struct kafka_topic *topic)
{
    const rd_kafka_topic_result_t **results;
    rd_kafka_event_t *event;
    char full[NAME_SIZE];
    size_t count;
    int r = full_name(k, topic->name, full);

    if (r == 0)
        r = send_create(k, full, topic);
    event = r == 0 ? answer(k, &r) : NULL;
    if (!event)
        return r;
    results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    r = create_outcome(results, count);
    rd_kafka_event_destroy(event);
    return r == 0 ? wait_until_there(k, full) : r;
}

static bool names(const struct kafka_setting *settings, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(settings[i].name, name) == 0)
            return true;
    return false;
}

/* The new settings, and those of the topic's own that they do not replace. */
static rd_kafka_ConfigResource_t *altered(const char *full, const struct kafka_topic *own,
                                          const struct kafka_setting *settings, size_t count)
{
    rd_kafka_ConfigResource_t *resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, full);

    for (size_t i = 0; i < own->setting_count; i++)
        if (!names(settings, count, own->settings[i].name))
            (void)rd_kafka_ConfigResource_set_config(resource, own->settings[i].name, own->settings[i].value);
    for (size_t i = 0; i < count; i++)
        (void)rd_kafka_ConfigResource_set_config(resource, settings[i].name, settings[i].value);
    return resource;
}

/* librdkafka 2.0.2 can only replace all of a topic's own settings: those to be kept are sent along. */
int kafka_admin_alter(struct kafka_admin *k, struct arena *a, const char *name, const struct kafka_setting *settings,
                      size_t count)
{
    rd_kafka_ConfigResource_t *resource;
    const rd_kafka_ConfigResource_t **results;
    rd_kafka_AdminOptions_t *o;
    rd_kafka_event_t *event;
    struct kafka_topic own = { 0 };
    char full[NAME_SIZE];
    int r = full_name(k, name, full);

    if (r == 0)
        r = read_settings(k, a, full, true, &own);
    if (r < 0)
        return r;
    resource = altered(full, &own, settings, count);
    o = options_for(k, RD_KAFKA_ADMIN_OP_ALTERCONFIGS);
    rd_kafka_AlterConfigs(k->rk, &resource, 1, o, k->queue);
    rd_kafka_AdminOptions_destroy(o);
    rd_kafka_ConfigResource_destroy(resource);
    event = answer(k, &r);
    if (!event)
        return r;
    results = rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(event), &count);
    if (count && rd_kafka_ConfigResource_error(results[0]))
        r = err_set(err_class_of(rd_kafka_ConfigResource_error(results[0])), "kafka: settings of %s: %s", full,
                    rd_kafka_ConfigResource_error_string(results[0]));
    rd_kafka_event_destroy(event);
    return r;
}
