/* Where we are in each partition: in PostgreSQL, moved with the work, compared before it is moved. */
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/log.h"
#include "private.h"

struct partition_state *offsets_find(struct daemon *d, const char *topic, int32_t partition)
{
    for (int i = 0; i < d->partition_count; i++)
        if (d->partitions[i].partition == partition && strcmp(d->partitions[i].topic, topic) == 0)
            return &d->partitions[i];
    return NULL;
}

/* Topic and partition of all our partitions as two parameters. */
static void add_keys(struct pg_params *p, struct arena *a, const struct partition_state *parts, int count)
{
    struct pg_column *topic = arena_new(a, struct pg_column), *partition = arena_new(a, struct pg_column);

    pg_column_init(topic, a, PG_TEXT, (size_t)count);
    pg_column_init(partition, a, PG_INT4, (size_t)count);
    for (int i = 0; i < count; i++) {
        pg_column_text(topic, parts[i].topic);
        pg_column_int4(partition, parts[i].partition);
    }
    pg_params_init(p, a);
    pg_param_column(p, topic);
    pg_param_column(p, partition);
}

static void take_row(struct partition_state *s, const struct pg_result *r, int row)
{
    if (s->next_offset != pg_int8(r, row, 2)) { /* else our own attempt may be among those counted */
        s->attempts = pg_int4(r, row, 6);
        s->counted = false;
    }
    s->next_offset = pg_int8(r, row, 2);
    str_copy(s->seen.epoch, sizeof s->seen.epoch, pg_text(r, row, 3));
    s->seen.batch = pg_int8(r, row, 4);
    s->seen.ord = pg_int4(r, row, 5);
    s->sought = s->next_offset;
}

/* Returns the number of partitions that have a row; the others keep next_offset -1. */
static int load(struct daemon *d, struct partition_state *parts, int count)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct pg_params p;
    struct arena a;
    int e;

    arena_init(&a, 0);
    add_keys(&p, &a, parts, count);
    e = pg_exec(d->pg, &runtime_consumer_load, &p, &r);
    arena_done(&a);
    if (e < 0)
        return e;
    for (int row = 0; row < pg_rows(r); row++)
        for (int i = 0; i < count; i++)
            if (parts[i].partition == pg_int4(r, row, 1) && strcmp(parts[i].topic, pg_text(r, row, 0)) == 0)
                take_row(&parts[i], r, row);
    return pg_rows(r);
}

/* A partition that we never read begins at its first record, once and for ever. */
static int create(struct daemon *d, const struct partition_state *s)
{
    struct kafka_partition at = { .topic = s->topic, .partition = s->partition };
    int64_t low, high;
    struct pg_params p;
    struct arena a;
    int r;

    r = kafka_consumer_watermarks(d->consumer, &at, &low, &high);
    if (r < 0)
        return r;
    arena_init(&a, 0);
    pg_params_init(&p, &a);
    pg_param_text(&p, s->topic);
    pg_param_int4(&p, s->partition);
    pg_param_int8(&p, low);
    r = pg_exec(d->pg, &runtime_consumer_create, &p, NULL);
    arena_done(&a);
    if (r == 0)
        log_info("partition read for the first time", LOG_STR("topic", s->topic), LOG_INT("partition", s->partition),
                 LOG_INT("offset", low));
    return r;
}

static int load_all(struct daemon *d, struct partition_state *parts, int count)
{
    int r = load(d, parts, count);

    for (int i = 0; i < count && r >= 0 && r < count; i++)
        if (parts[i].next_offset < 0) {
            int e = create(d, &parts[i]);
            if (e < 0)
                return e;
        }
    if (r >= 0 && r < count)
        r = load(d, parts, count);
    return r < 0 ? r : r < count ? err_set(ERR_RETRY, "offsets: a partition's row is missing") : 0;
}

int offsets_assign(struct daemon *d)
{
    const struct kafka_partition *pending;
    int count = kafka_consumer_pending(d->consumer, &pending), r;
    struct partition_state *parts = calloc((size_t)count + 1, sizeof *parts);
    struct kafka_partition *at = calloc((size_t)count + 1, sizeof *at);

    if (!parts || !at)
        abort();
    for (int i = 0; i < count; i++)
        parts[i] = (struct partition_state){
            .topic = pending[i].topic, .partition = pending[i].partition, .next_offset = -1, .suspect = true
        };
    r = load_all(d, parts, count);
    for (int i = 0; i < count; i++)
        at[i] = (struct kafka_partition){ parts[i].topic, parts[i].partition, parts[i].next_offset };
    if (r == 0)
        r = kafka_consumer_assign(d->consumer, at, count);
    free(at);
    if (r < 0) {
        free(parts);
        return r;
    }
    free(d->partitions);
    d->partitions = parts;
    d->partition_count = count;
    daemon_condition(d, "offsets", NULL);
    log_info("partitions assigned", LOG_INT("count", count));
    return 0;
}

int offsets_reload(struct daemon *d)
{
    int r = load_all(d, d->partitions, d->partition_count);

    for (int i = 0; i < d->partition_count && r == 0; i++) {
        const struct partition_state *s = &d->partitions[i];
        r = kafka_consumer_seek(d->consumer, &(struct kafka_partition){ s->topic, s->partition, s->next_offset });
    }
    return r;
}

/* One record against the position reached within the batch. */
static int check_one(struct partition_state *s, int64_t *at, const struct kafka_record *k)
{
    int64_t hole = k->offset - *at;

    if (hole < 0)
        return 1;
    if (hole > 0 && !(hole == 1 && s->holes_confirmed)) {
        if (s->sought != *at)
            return 1;
        s->holes_confirmed = true;
    }
    *at = k->offset + 1;
    return 0;
}

int offsets_check(struct daemon *d, const struct kafka_record *records, int count)
{
    int64_t *at = calloc((size_t)d->partition_count + 1, sizeof *at);
    int good = 0;

    if (!at)
        abort();
    for (int i = 0; i < d->partition_count; i++)
        at[i] = d->partitions[i].next_offset;
    for (; good < count; good++) {
        struct partition_state *s = offsets_find(d, records[good].topic, records[good].partition);

        if (!s || check_one(s, &at[s - d->partitions], &records[good]))
            break;
    }
    free(at);
    return good;
}

/* What a batch does to one partition. */
struct move {
    struct partition_state *s;
    int64_t next;
    struct journal_position seen;
};

static int collect(struct batch *b, struct move *moves)
{
    struct daemon *d = b->daemon;
    int n = 0;

    for (int i = 0; i < b->count; i++) {
        const struct record *r = &b->records[i];
        struct partition_state *s = offsets_find(d, r->kafka->topic, r->kafka->partition);
        struct move *m = moves;

        while (m < moves + n && m->s != s)
            m++;
        if (m == moves + n) {
            *m = (struct move){ .s = s, .seen = s->seen };
            n++;
        }
        m->next = r->kafka->offset + 1;
        if (r->position.epoch[0] && !journal_position_seen(&r->position, &m->seen))
            m->seen = r->position;
    }
    return n;
}

static bool all_ours(const struct batch *b)
{
    for (int i = 0; i < b->count; i++)
        if (!offsets_find(b->daemon, b->records[i].kafka->topic, b->records[i].kafka->partition))
            return false;
    return true;
}

enum { TOPIC, PARTITION, EXPECTED, NEXT, EPOCH, BATCH, ORD, COLUMNS };

int offsets_move(struct batch *b, int64_t *ret_now_us)
{
    static const enum pg_type types[COLUMNS] = { PG_TEXT, PG_INT4, PG_INT8, PG_INT8, PG_TEXT, PG_INT8, PG_INT4 };
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct move *moves = arena_array(b->arena, struct move, (size_t)b->daemon->partition_count + 1);
    struct pg_column col[COLUMNS];
    struct pg_params p;
    int n, e;

    if (!all_ours(b))
        return err_set(ERR_FENCED, "the batch's partitions were given to another instance");
    n = collect(b, moves);
    pg_columns_init(col, b->arena, types, COLUMNS, (size_t)n);
    for (int i = 0; i < n; i++) {
        pg_column_text(&col[TOPIC], moves[i].s->topic);
        pg_column_int4(&col[PARTITION], moves[i].s->partition);
        pg_column_int8(&col[EXPECTED], moves[i].s->next_offset);
        pg_column_int8(&col[NEXT], moves[i].next);
        pg_column_text(&col[EPOCH], moves[i].seen.epoch);
        pg_column_int8(&col[BATCH], moves[i].seen.batch);
        pg_column_int4(&col[ORD], moves[i].seen.ord);
    }
    pg_params_columns(&p, b->arena, col, COLUMNS);
    e = pg_exec(b->pg, &runtime_consumer_move, &p, &r);
    if (e < 0)
        return e;
    if (pg_rows(r) != n)
        return err_set(ERR_FENCED, "%d of %d partitions are not where we left them", n - pg_rows(r), n);
    *ret_now_us = pg_time_us(r, 0, 0);
    return 0;
}

void offsets_moved(struct batch *b)
{
    struct move *moves = arena_array(b->arena, struct move, (size_t)b->daemon->partition_count + 1);
    int n = collect(b, moves);

    for (int i = 0; i < n; i++) {
        moves[i].s->next_offset = moves[i].next;
        moves[i].s->seen = moves[i].seen;
        moves[i].s->suspect = false;
        moves[i].s->attempts = 0;
        moves[i].s->counted = false;
    }
}

bool offsets_suspect(struct daemon *d, const struct record *records, int count)
{
    for (int i = 0; i < count; i++) {
        const struct partition_state *s = offsets_find(d, records[i].kafka->topic, records[i].kafka->partition);
        if (s && s->suspect)
            return true;
    }
    return false;
}

int offsets_attempts(struct daemon *d, const struct record *records, int count)
{
    int most = 0;

    for (int i = 0; i < count; i++) {
        const struct partition_state *s = offsets_find(d, records[i].kafka->topic, records[i].kafka->partition);

        if (s && s->attempts > most)
            most = s->attempts;
    }
    return most;
}

/* Writes attempts with or without ours where the table does not say so yet. */
static int write_attempts(struct batch *b, bool counted)
{
    struct move *moves = arena_array(b->arena, struct move, (size_t)b->daemon->partition_count + 1);
    struct pg_column topic, partition, expected, attempts;
    struct pg_params p;
    int n = collect(b, moves), r;

    pg_column_init(&topic, b->arena, PG_TEXT, (size_t)n);
    pg_column_init(&partition, b->arena, PG_INT4, (size_t)n);
    pg_column_init(&expected, b->arena, PG_INT8, (size_t)n);
    pg_column_init(&attempts, b->arena, PG_INT4, (size_t)n);
    for (int i = 0; i < n; i++) {
        const struct partition_state *s = moves[i].s;

        if (s->counted == counted)
            continue;
        pg_column_text(&topic, s->topic);
        pg_column_int4(&partition, s->partition);
        pg_column_int8(&expected, s->next_offset);
        pg_column_int4(&attempts, s->attempts + counted);
    }
    if (attempts.count == 0)
        return 0;
    pg_params_init(&p, b->arena);
    pg_param_column(&p, &topic);
    pg_param_column(&p, &partition);
    pg_param_column(&p, &expected);
    pg_param_column(&p, &attempts);
    r = pg_exec(b->pg, &runtime_consumer_attempt, &p, NULL);
    for (int i = 0; i < n && r == 0; i++)
        moves[i].s->counted = counted;
    return r;
}

int offsets_count_attempt(struct batch *b)
{
    if (!all_ours(b))
        return err_set(ERR_FENCED, "the batch's partitions were given to another instance");
    return write_attempts(b, true);
}

void offsets_uncount_attempt(struct batch *b)
{
    if (pg_connected(b->pg) && all_ours(b))
        (void)write_attempts(b, false);
}
