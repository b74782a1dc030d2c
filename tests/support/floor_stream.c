#include "floor_stream.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"

enum { INT8 = 20, INT4 = 23, TEXT = 25 };

/* Offsets start at 0 in a database that was just made. */
static void prepare(const struct floor_stream *s, PGconn *c, const char *schema)
{
    char sql[600];

    for (int t = 0; t < s->topic_count; t++) {
        snprintf(sql, sizeof sql,
                 "INSERT INTO %s.consumer (topic, partition, next_offset)"
                 " SELECT '%s', p, 0 FROM generate_series(0, %d) AS p ON CONFLICT DO NOTHING",
                 schema, s->topics[t].name, s->topics[t].partitions - 1);
        floor_run(c, sql);
    }
    snprintf(sql, sizeof sql,
             "UPDATE %s.consumer AS c SET next_offset = n.next, moved_at = now()"
             " FROM unnest($1::text[], $2::int4[], $3::int8[], $4::int8[]) AS n (topic, partition, expected, next)"
             " WHERE c.topic = n.topic AND c.partition = n.partition AND c.next_offset = n.expected RETURNING 1",
             schema);
    floor_prepare(c, "move", sql);
}

static void add_topic(struct floor_stream *s, const char *name, rd_kafka_topic_partition_list_t *list)
{
    struct floor_topic *t = &s->topics[s->topic_count++];
    char full[256];

    *t = (struct floor_topic){ .name = name };
    snprintf(full, sizeof full, "%s%s", floor_env("FLOOR_PREFIX", ""), name);
    t->partitions = floor_partitions(s->rk, full);
    if (t->partitions > FLOOR_PARTITIONS_MAX)
        floor_die(full, "has too many partitions");
    for (int p = 0; p < t->partitions; p++)
        rd_kafka_topic_partition_list_add(list, full, p)->offset = 0;
}

void floor_stream_open(struct floor_stream *s, PGconn *c, const char *schema, const char *const *topics)
{
    const char *settings[][2] = {
        { "bootstrap.servers", floor_env("FLOOR_BROKERS", NULL) },
        { "group.id", "floor" },
        { "enable.auto.commit", "false" },
        { "enable.auto.offset.store", "false" },
        { "auto.offset.reset", "error" },
        { "queued.min.messages", "10000" },
        { "queued.max.messages.kbytes", "16384" },
        { "fetch.error.backoff.ms", "10" },
    };
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(4);

    *s = (struct floor_stream){ .prefix_len = strlen(floor_env("FLOOR_PREFIX", "")) };
    s->rk = floor_client(RD_KAFKA_CONSUMER, floor_conf(settings, sizeof settings / sizeof *settings));
    rd_kafka_poll_set_consumer(s->rk);
    for (; *topics; topics++)
        add_topic(s, *topics, list);
    if (rd_kafka_assign(s->rk, list))
        floor_die("assign", "refused");
    rd_kafka_topic_partition_list_destroy(list);
    prepare(s, c, schema);
}

void floor_stream_close(struct floor_stream *s)
{
    rd_kafka_consumer_close(s->rk);
}

int floor_stream_poll(struct floor_stream *s, rd_kafka_message_t **ret, int max, int wait_ms, int64_t window_us)
{
    int64_t end_us = 0;
    int count = 0;

    while (count < max && !(count && window_us && clock_mono_us() >= end_us)) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(s->rk, count == 0 ? wait_ms : window_us != 0);

        if (!m && (count == 0 || !window_us))
            break;
        if (!m)
            continue;
        if (m->err)
            floor_die("consume", rd_kafka_message_errstr(m));
        if (count == 0)
            end_us = clock_mono_us() + window_us;
        ret[count++] = m;
    }
    return count;
}

int floor_stream_topic(const struct floor_stream *s, const rd_kafka_message_t *m)
{
    const char *name = rd_kafka_topic_name(m->rkt) + s->prefix_len;
    int t = 0;

    while (strcmp(s->topics[t].name, name) != 0)
        t++;
    return t;
}

static void add_move(struct floor_stream *s, struct floor_topic *t, int partition, int64_t to)
{
    floor_array_text(&s->offsets[0], t->name);
    floor_array_int4(&s->offsets[1], partition);
    floor_array_int8(&s->offsets[2], t->next[partition]);
    floor_array_int8(&s->offsets[3], to);
    t->next[partition] = to;
}

void floor_stream_move(struct floor_stream *s, PGconn *c, rd_kafka_message_t *const *messages, int count)
{
    int64_t to[FLOOR_TOPICS_MAX][FLOOR_PARTITIONS_MAX] = { 0 };

    for (int i = 0; i < count; i++)
        to[floor_stream_topic(s, messages[i])][messages[i]->partition] = messages[i]->offset + 1;
    floor_arrays_begin(s->offsets, (const uint32_t[]){ TEXT, INT4, INT8, INT8 }, 4);
    for (int t = 0; t < s->topic_count; t++)
        for (int p = 0; p < s->topics[t].partitions; p++)
            if (to[t][p])
                add_move(s, &s->topics[t], p, to[t][p]);
    floor_send(c, "move", s->offsets, 4, 0);
}

void floor_stream_moved(const struct floor_stream *s, const PGresult *r)
{
    if (PQntuples(r) != (int)s->offsets[0].count)
        floor_die("offsets", "were moved by somebody else");
}
