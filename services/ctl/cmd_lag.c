/* lag: how far behind each daemon is, in records and in time. */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/topic.h"
#include "common/kafka/reader.h"
#include "common/runtime/daemon.h"
#include "ctl.h"
#include "ctl_sql.h"

#define ASK_TIMEOUT_MS 10000
#define READ_US        5000000 /* for the first unread records */

/* Who listens to what, as the specs of the daemons say it; a test compares it with what they read. Their offsets come
 * from consumers.sql. */
static const struct {
    const char *service;
    const char *topics[DAEMON_TOPICS_MAX];
} listeners[] = {
    { "intake", { TOPIC_SUBMISSIONS } },
    { "dispatch", { TOPIC_COMPLAINTS, TOPIC_COMMANDS, TOPIC_SLA } },
    { "watchdog", { TOPIC_COMPLAINTS } },
    { "notification", { TOPIC_COMPLAINTS, TOPIC_SLA } },
};

/* What waits in PostgreSQL: where its reader stands, how many wait behind it and since when, when it moved last. */
static const struct {
    const char *service, *what;
    const struct pg_statement *statement;
} queues[] = {
    { "relay", "(journal)", &ctl_relay_lag },
    { "notification", "(messages)", &ctl_messages_lag },
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct lag {
    const char *service, *topic;
    int32_t partition;
    int64_t next, end, moved_at_us; /* moved_at_us 0: never read */
    int64_t waiting_since_us;       /* of the next unread record; 0: none, or not known */
};

struct lags {
    struct arena *arena;
    struct lag *items;
    size_t count, cap;
};

static struct lag *add(struct lags *l, const struct lag *g)
{
    l->items = arena_room(l->arena, l->items, l->count, &l->cap, sizeof *l->items, 64);
    l->items[l->count] = *g;
    return &l->items[l->count++];
}

static void take_row(struct lags *l, const struct pg_result *r, int row)
{
    for (size_t i = 0; i < l->count; i++) {
        struct lag *g = &l->items[i];

        if (g->partition == pg_int4(r, row, 2) && strcmp(g->service, pg_text(r, row, 0)) == 0 &&
            strcmp(g->topic, pg_text(r, row, 1)) == 0) {
            g->next = pg_int8(r, row, 3);
            g->moved_at_us = pg_time_us(r, row, 4);
        }
    }
}

/* A line for every partition of every topic that the daemon listens to. */
static int find_partitions(const struct kafka_options *o, const char *service, const char *const *wanted,
                           struct lags *ret)
{
    _cleanup_(kafka_reader_freep) struct kafka_reader *reader = NULL;
    const struct kafka_position *p;
    int r = kafka_reader_new(o, &reader), n;

    for (; r == 0 && *wanted; wanted++) {
        r = kafka_reader_add(reader, *wanted, -1, KAFKA_END, ASK_TIMEOUT_MS);
        if (r == 1)
            return err_set(ERR_RETRY, "there is no topic %s%s", o->topic_prefix, *wanted);
    }
    if (r < 0)
        return r;
    n = kafka_reader_positions(reader, &p);
    for (int i = 0; i < n; i++)
        add(ret, &(struct lag){ .service = service,
                                .topic = p[i].topic,
                                .partition = p[i].partition,
                                .next = p[i].low,
                                .end = p[i].high });
    return 0;
}

static struct lag *unread(struct lags *l, const char *service, const struct kafka_record *k)
{
    for (size_t i = 0; i < l->count; i++) {
        struct lag *g = &l->items[i];

        if (strcmp(g->service, service) == 0 && g->partition == k->partition && strcmp(g->topic, k->topic) == 0 &&
            g->waiting_since_us == 0 && k->offset >= g->next && g->next < g->end)
            return g;
    }
    return NULL;
}

/* Reads the first unread record of each partition that has one, for its time: of one daemon, since a partition can be
 * read from one place at a time. */
static int find_ages(const struct kafka_options *o, const char *service, struct lags *l)
{
    _cleanup_(kafka_reader_freep) struct kafka_reader *reader = NULL;
    int64_t until = clock_mono_us() + READ_US;
    int left = 0, r = kafka_reader_new(o, &reader);

    for (size_t i = 0; r == 0 && i < l->count; i++) {
        const struct lag *g = &l->items[i];

        if (strcmp(g->service, service) != 0 || g->next >= g->end)
            continue;
        r = kafka_reader_add(reader, g->topic, g->partition, g->next, ASK_TIMEOUT_MS);
        left++;
    }
    if (r != 0 || left == 0)
        return r < 0 ? r : 0;
    r = kafka_reader_start(reader);
    while (r >= 0 && left > 0 && clock_mono_us() < until) {
        struct kafka_record k;
        struct lag *g;

        r = kafka_reader_poll(reader, &k, 100);
        if (r <= 0)
            continue;
        g = unread(l, service, &k);
        if (g) {
            g->waiting_since_us = k.timestamp_us;
            left--;
        }
        kafka_records_free(&k, 1);
    }
    return r < 0 ? r : 0;
}

static int64_t age_of(const struct lag *g)
{
    return g->next < g->end && g->waiting_since_us ? clock_wall_us() - g->waiting_since_us : 0;
}

static void add_lag(struct ctl *c, struct ctl_rows *rows, const struct lag *g)
{
    int64_t behind = g->end > g->next ? g->end - g->next : 0, age = age_of(g);

    ctl_add_text(rows, g->service);
    ctl_add_text(rows, g->topic);
    ctl_add_int(rows, g->partition);
    ctl_add_int(rows, g->next);
    ctl_add_int(rows, g->end);
    ctl_add_int(rows, behind);
    if (c->output == CTL_TABLE)
        ctl_add_text(rows, behind ? arena_printf(c->arena, "%.1f", (double)age / 1e6) : NULL);
    else
        ctl_add_int(rows, age / 1000);
    ctl_add_time(rows, g->moved_at_us);
}

static int find_queue(struct pg_conn *pg, size_t i, struct lags *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    int e = pg_exec(pg, queues[i].statement, NULL, &r);
    struct lag *g;

    if (e < 0)
        return e;
    g = add(ret, &(struct lag){ .service = queues[i].service, .topic = queues[i].what, .next = pg_int8(r, 0, 0) });
    g->end = g->next + pg_int8(r, 0, 1);
    g->waiting_since_us = pg_is_null(r, 0, 2) ? 0 : pg_time_us(r, 0, 2);
    g->moved_at_us = pg_is_null(r, 0, 3) ? 0 : pg_time_us(r, 0, 3);
    return 0;
}

static int load(struct ctl *c, struct pg_conn *pg, struct lags *l)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct kafka_options o = ctl_kafka(c);
    int e = 0;

    for (size_t i = 0; e == 0 && i < COUNT(listeners); i++)
        e = find_partitions(&o, listeners[i].service, listeners[i].topics, l);
    if (e == 0)
        e = pg_exec(pg, &ctl_consumers, NULL, &r);
    for (int i = 0; e == 0 && i < pg_rows(r); i++)
        take_row(l, r, i);
    for (size_t i = 0; e == 0 && i < COUNT(listeners); i++)
        e = find_ages(&o, listeners[i].service, l);
    for (size_t i = 0; e == 0 && i < COUNT(queues); i++)
        e = find_queue(pg, i, l);
    return e;
}

static int cmd_lag(struct ctl *c)
{
    static const struct ctl_column columns[] = {
        { "service", "服务 daemon", CTL_TEXT },   { "topic", "topic", CTL_TEXT },
        { "partition", "partition", CTL_NUMBER }, { "next", "下一条 next", CTL_NUMBER },
        { "end", "末尾 end", CTL_NUMBER },        { "behind", "落后 behind", CTL_NUMBER },
        { "ageMs", "等待秒 age s", CTL_NUMBER },  { "movedAt", "最近推进 moved", CTL_TIME },
    };
    struct lags lags = { .arena = c->arena };
    struct ctl_rows *rows;
    struct pg_conn *pg;
    int64_t max_age_s, oldest = 0;
    int e;

    if (!ctl_option_int(c, "max-age", 0, 31536000, -1, &max_age_s))
        return CTL_USAGE;
    pg = ctl_pg(c);
    if (!pg)
        return CTL_UNAVAILABLE;
    e = load(c, pg, &lags);
    if (e < 0)
        return ctl_fail_err(e);
    rows = ctl_rows_new(c, columns, 8);
    for (size_t i = 0; i < lags.count; i++) {
        add_lag(c, rows, &lags.items[i]);
        oldest = age_of(&lags.items[i]) > oldest ? age_of(&lags.items[i]) : oldest;
    }
    ctl_rows_end(rows);
    if (max_age_s >= 0 && oldest > max_age_s * 1000000)
        return ctl_fail(CTL_FAILURE, "the oldest of what waits does so for %lld s", (long long)(oldest / 1000000));
    return CTL_OK;
}

const struct ctl_command lag_commands[] = {
    {
        .name = "lag",
        .arguments = "",
        .summary = "show how far behind each daemon is, in records and in time",
        .details = "A line for each daemon and partition that it reads; offsets are those in PostgreSQL, which count.\n"
                   "(journal): entries that the relay has not published, counted up to 100,000. (messages): what\n"
                   "notification may send and has not yet; `redressctl notify gateways` says what waits for which.\n"
                   "With --max-age the exit status is 1 if anything waits for longer.\n\n"
                   "Example:\n"
                   "  redressctl lag --max-age 60 --output jsonl",
        .options = { { "max-age", "S", "end with 1 if anything waits for more than so many seconds" } },
        .run = cmd_lag,
    },
    { 0 },
};
