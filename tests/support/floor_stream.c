#include "floor_stream.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"

enum { INT8 = 20, INT4 = 23, TEXT = 25 };

/* Offsets start at 0 in a database that was just made. */
static void prepare(const struct floor_stream *s, PGconn *c, const char *schema)
{
    char sql[600];

    snprintf(sql, sizeof sql,
             "INSERT INTO %s.consumer (topic, partition, next_offset)"
             " SELECT '%s', p, 0 FROM generate_series(0, %d) AS p ON CONFLICT DO NOTHING",
             schema, s->topic, s->partitions - 1);
    floor_run(c, sql);
    snprintf(sql, sizeof sql,
             "UPDATE %s.consumer AS c SET next_offset = n.next, moved_at = now()"
             " FROM unnest($1::text[], $2::int4[], $3::int8[], $4::int8[]) AS n (topic, partition, expected, next)"
             " WHERE c.topic = n.topic AND c.partition = n.partition AND c.next_offset = n.expected RETURNING 1",
             schema);
    floor_prepare(c, "move", sql);
}

void floor_stream_open(struct floor_stream *s, PGconn *c, const char *schema, const char *topic)
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
    char full[256];

    *s = (struct floor_stream){ .topic = topic };
    s->rk = floor_client(RD_KAFKA_CONSUMER, floor_conf(settings, sizeof settings / sizeof *settings));
    rd_kafka_poll_set_consumer(s->rk);
    snprintf(full, sizeof full, "%s%s", floor_env("FLOOR_PREFIX", ""), topic);
    s->partitions = floor_partitions(s->rk, full);
    for (int p = 0; p < s->partitions; p++)
        rd_kafka_topic_partition_list_add(list, full, p)->offset = 0;
    if (s->partitions > FLOOR_PARTITIONS_MAX || rd_kafka_assign(s->rk, list))
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

void floor_stream_move(struct floor_stream *s, PGconn *c, rd_kafka_message_t *const *messages, int count)
{
    int64_t to[FLOOR_PARTITIONS_MAX];

    memcpy(to, s->next, sizeof to);
    for (int i = 0; i < count; i++)
        to[messages[i]->partition] = messages[i]->offset + 1;
    floor_arrays_begin(s->offsets, (const uint32_t[]){ TEXT, INT4, INT8, INT8 }, 4);
    for (int p = 0; p < s->partitions; p++) {
        if (to[p] == s->next[p])
            continue;
        floor_array_text(&s->offsets[0], s->topic);
        floor_array_int4(&s->offsets[1], p);
        floor_array_int8(&s->offsets[2], s->next[p]);
        floor_array_int8(&s->offsets[3], to[p]);
        s->next[p] = to[p];
    }
    floor_send(c, "move", s->offsets, 4, 0);
}

void floor_stream_moved(const struct floor_stream *s, const PGresult *r)
{
    if (PQntuples(r) != (int)s->offsets[0].count)
        floor_die("offsets", "were moved by somebody else");
}
