#include "store.h"

#include <stdio.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/str.h"
#include "relay_sql.h"

#define PARTITIONS_AHEAD 2

int store_set_session(struct pg_conn *c, struct arena *a, int64_t idle_session_ms)
{
    struct pg_params p;
    int r;

    pg_params_init(&p, a);
    pg_param_text(&p, arena_printf(a, "%lld", (long long)idle_session_ms));
    r = pg_exec(c, &relay_set_session, &p, NULL);
    return r < 0 ? r : pg_script(c, "LISTEN redress_journal");
}

int store_take_lock(struct pg_conn *c, bool *ret_taken)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    int e = pg_exec(c, &relay_take_lock, NULL, &r);

    if (e == 0)
        *ret_taken = pg_rows(r) == 1 && pg_bool(r, 0, 0);
    return e;
}

int store_load_standing(struct pg_conn *c, struct standing *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    int e = pg_exec(c, &relay_load_cursor, NULL, &r);

    if (e < 0)
        return e;
    if (pg_rows(r) != 1)
        return err_set(ERR_RETRY, "journal.cursor has %d rows instead of one", pg_rows(r));
    ret->cursor.batch = pg_int8(r, 0, 0);
    ret->cursor.ord = pg_int4(r, 0, 1);
    str_copy(ret->cursor.epoch, sizeof ret->cursor.epoch, pg_text(r, 0, 2));
    str_copy(ret->now_epoch, sizeof ret->now_epoch, pg_text(r, 0, 3));
    ret->last_batch = pg_int8(r, 0, 4);
    return 0;
}

int store_load_epochs(struct pg_conn *c, struct epochs *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    int e = pg_exec(c, &relay_load_epochs, NULL, &r), skip;

    if (e < 0)
        return e;
    /* More fail-overs than fit: the oldest ones are forgotten, their entries were published long ago. */
    skip = pg_rows(r) > EPOCHS_MAX ? pg_rows(r) - EPOCHS_MAX : 0;
    ret->count = 0;
    for (int i = skip; i < pg_rows(r); i++) {
        struct epoch *epoch = &ret->list[ret->count++];

        str_copy(epoch->name, sizeof epoch->name, pg_text(r, i, 0));
        epoch->first_batch = pg_int8(r, i, 1);
    }
    return 0;
}

int store_load_topics(struct pg_conn *c, struct tails *tails)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    int e = pg_exec(c, &relay_load_topics, NULL, &r);

    if (e < 0)
        return e;
    for (size_t i = 0; i < tails->count; i++)
        tails->topics[i].recorded = 0;
    for (int i = 0; i < pg_rows(r); i++) {
        struct tail_topic *t = tails_add(tails, pg_text(r, i, 0));

        if (!t)
            return err_set(ERR_FATAL, "journal.topic holds more than %d topics", TAILS_TOPICS_MAX);
        t->recorded = pg_int4(r, i, 1);
    }
    return 0;
}

/* Begins a transaction whose commit waits for the disk, unlike the session's other ones. */
static int begin_durable(struct pg_conn *c)
{
    int r = pg_begin(c);

    if (r == 0)
        r = pg_exec(c, &relay_wait_for_disk, NULL, NULL);
    return r;
}

static int commit_or_roll_back(struct pg_conn *c, int r)
{
    if (r == 0)
        r = pg_commit(c);
    if (r < 0)
        pg_rollback(c);
    return r;
}

int store_add_topic(struct pg_conn *c, struct arena *a, const char *topic, int32_t partitions, int32_t *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct pg_params p;
    int e = begin_durable(c);

    pg_params_init(&p, a);
    pg_param_text(&p, topic);
    pg_param_int4(&p, partitions);
    if (e == 0)
        e = pg_exec(c, &relay_add_topic, &p, &r);
    if (e == 0 && pg_rows(r) == 1)
        *ret = pg_int4(r, 0, 0);
    return commit_or_roll_back(c, e);
}

static int exec_text(struct pg_conn *c, struct arena *a, const struct pg_statement *s, const char *text)
{
    struct pg_params p;

    pg_params_init(&p, a);
    pg_param_text(&p, text);
    return pg_exec(c, s, &p, NULL);
}

int store_ensure_partitions(struct pg_conn *c, struct arena *a)
{
    struct pg_params p;

    pg_params_init(&p, a);
    pg_param_int4(&p, PARTITIONS_AHEAD);
    return pg_exec(c, &relay_ensure_partitions, &p, NULL);
}

int store_open_epoch(struct pg_conn *c, struct arena *a, const char *epoch, int64_t past)
{
    struct pg_params p;
    int r = begin_durable(c);

    pg_params_init(&p, a);
    pg_param_int8(&p, past);
    if (r == 0)
        r = pg_exec(c, &relay_move_sequence, &p, NULL);
    if (r == 0)
        r = store_ensure_partitions(c, a);
    if (r == 0)
        r = exec_text(c, a, &relay_add_epoch, epoch);
    if (r == 0)
        r = exec_text(c, a, &relay_open_epoch, epoch);
    return commit_or_roll_back(c, r);
}

int store_read(struct pg_conn *c, struct arena *a, int64_t after_batch, int32_t after_ord, int32_t limit,
               struct pg_result **ret)
{
    struct pg_params p;

    pg_params_init(&p, a);
    pg_param_int8(&p, after_batch);
    pg_param_int4(&p, after_ord);
    pg_param_int4(&p, limit);
    return pg_exec(c, &relay_read_entries, &p, ret);
}

void store_entry(const struct pg_result *r, int row, struct entry *ret)
{
    static const unsigned char no_hash[SHA256_BYTES];
    size_t hash_len;

    *ret = (struct entry){
        .batch = pg_int8(r, row, 0),
        .ord = pg_int4(r, row, 1),
        .topic = pg_text(r, row, 2),
        .key = pg_text(r, row, 3),
        .event_id = pg_uuid(r, row, 4),
        .tenant = pg_text(r, row, 5),
        .type = pg_text(r, row, 7),
        .headers = pg_text(r, row, 8),
        .recorded_at_us = pg_time_us(r, row, 11),
        .snapshot_xmin = (uint64_t)pg_int8(r, row, 12),
    };
    if (!pg_is_null(r, row, 6))
        ret->aggregate_id = pg_uuid(r, row, 6);
    ret->payload = pg_bytes(r, row, 9, &ret->payload_len);
    ret->hash = pg_bytes(r, row, 10, &hash_len);
    if (hash_len != SHA256_BYTES)
        ret->hash = no_hash; /* damaged: the verifier says so, nobody continues a chain from zeros */
}

int store_take_xid(struct pg_conn *c, uint64_t *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    int e = pg_exec(c, &relay_take_xid, NULL, &r);

    if (e == 0)
        *ret = (uint64_t)pg_int8(r, 0, 0);
    return e;
}

int store_move_cursor(struct pg_conn *c, struct arena *a, const struct journal_position *to)
{
    struct pg_params p;
    int64_t rows;
    int r;

    pg_params_init(&p, a);
    pg_param_int8(&p, to->batch);
    pg_param_int4(&p, to->ord);
    pg_param_text(&p, to->epoch);
    r = pg_exec_count(c, &relay_move_cursor, &p, &rows);
    if (r == 0 && rows != 1)
        r = err_set(ERR_RETRY, "the journal's cursor was moved by somebody else");
    return r;
}

int store_measure_lag(struct pg_conn *c, struct arena *a, const struct journal_position *cursor, int64_t *ret_entries,
                      int64_t *ret_age_ms)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct pg_params p;
    int e;

    pg_params_init(&p, a);
    pg_param_int8(&p, cursor->batch);
    pg_param_int4(&p, cursor->ord);
    e = pg_exec(c, &relay_measure_lag, &p, &r);
    if (e < 0)
        return e;
    *ret_entries = pg_int8(r, 0, 0);
    *ret_age_ms = pg_int8(r, 0, 1);
    return 0;
}
